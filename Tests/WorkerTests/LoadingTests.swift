import Counting
import Density
import TestSupport
import Testing
import Worker

@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct LoadingTests {
    @Test("pictures are decoded while their network is loading, and counted once it is there")
    func decodedMeanwhile() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(3, of: PixelSize(width: 96, height: 64), to: bench.folder)
            try await bench.enqueue((1...3).map { "\($0).png" }, plan: .native)
            let decoder = NotingDecoder()
            let engines = try TestNetwork.engines()
            let slow = EngineFactory(identity: engines.identity) { description in
                try await waitUntil("three decoded pictures") { decoder.decoded == 3 }
                return try await engines.load(description)
            }
            let progress = try await bench.worker(decoder: decoder, engines: slow).run()
            #expect(progress.counted == 3)
        }
    }
}
