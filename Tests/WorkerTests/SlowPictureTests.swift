import Archive
import Concurrency
import Postgres
import TestSupport
import Testing
import Worker

@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct SlowPictureTests {
    @Test("a slow picture that fails is told of too, with how far it came")
    func failed() async throws {
        try await WorkerBench.with { bench in
            _ = try await bench.connection.query("UPDATE headcount.failure_classes SET attempts = 1")
            try bench.folder.write("no picture at all", to: "text.jpg")
            try await bench.enqueue(["text.jpg", "missing.jpg"])
            let told = Locked<[String: SlowPicture]>([:])
            let worker = try await bench.worker {
                $0.slowPicture = .zero
            } onEvent: { event in
                guard case .slow(let picture) = event else { return }
                told.withLock { $0[String(picture.url.split(separator: "/").last ?? "")] = picture }
            }
            _ = try await worker.run()
            let slow = told.withLock { $0 }
            #expect(slow.values.map(\.ending) == [.failed, .failed])
            #expect(slow["text.jpg"]?.bytes == 17)
            #expect(slow["missing.jpg"]?.bytes == 0)
            for picture in slow.values { #expect(picture.total > 0 && picture.decode == 0 && picture.tiles == 0) }
        }
    }
}
