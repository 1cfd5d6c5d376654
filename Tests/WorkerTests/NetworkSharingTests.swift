import Archive
import Concurrency
import Counting
import Density
import Inference
import Models
import Postgres
import TestSupport
import Testing

@testable import Worker

/// Runs of several networks on a device that bears one at a time.
@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct NetworkSharingTests {
    /// More than are counted within any turn of a network.
    private static let many = 20_000
    private static let tile = PixelSize(width: 48, height: 32)

    /// Engines of which one is open at a time, with how many were loaded.
    private static func engines(_ loads: Locked<Int>) throws -> EngineFactory {
        let engines = try TestNetwork.engines()
        return EngineFactory(identity: engines.identity, networksAtOnce: 1) { description in
            loads.withLock { $0 += 1 }
            return try await engines.load(description)
        }
    }

    @Test(
        "a small urgent set of another network is counted while a large one is, which then goes on", arguments: [4, 40])
    func urgent(inFlight: Int) async throws {
        try await WorkerBench.with(tile: Self.tile) { bench in
            try await TestNetwork.add(to: bench.archive, tile: Self.tile, as: "other")
            _ = try TestPictures.write(1, of: Self.tile, to: bench.folder)
            try await bench.enqueue((1...Self.many).map { "1.png?\($0)" }, set: "large")
            let loads = Locked(0)
            let worker = try await bench.worker(drain: false, engines: Self.engines(loads)) {
                $0.imagesInFlight = inFlight
                $0.dedupe = false
                $0.leastNetworkTurn = .zero
            }
            let running = Task { try await worker.run() }
            try await bench.wait(until: "EXISTS (SELECT FROM headcount.counts)")
            let few = 10
            try await bench.enqueue((1...few).map { "1.png?\($0)" }, set: "small", model: "other", priority: 1)
            try await bench.wait(until: "(SELECT counted FROM headcount.progress WHERE set_name = 'small') = \(few)")
            let counted = "(SELECT counted FROM headcount.progress WHERE set_name = 'large')"
            let before = try await bench.connection.query("SELECT \(counted) AS counted").first?
                .decode(Int.self, "counted")
            #expect(try #require(before) < Self.many)
            try await bench.wait(until: "\(counted) > \(try #require(before))")
            worker.stop()
            _ = try await running.value
            // The large set's, then the small one's and the large one's again, for each share in which the small one came:
            // how many these are hangs on the machine.
            #expect((2...1 + 2 * few).contains(loads.withLock { $0 }))
        }
    }

    @Test("sets of more networks than the device bears are all counted, though all are under way at once")
    func manyNetworks() async throws {
        try await WorkerBench.with(tile: Self.tile) { bench in
            _ = try TestPictures.write(12, of: Self.tile, to: bench.folder)
            for name in ["a", "b", "c"] {
                try await TestNetwork.add(to: bench.archive, tile: Self.tile, as: name)
                try await bench.enqueue((1...12).map { "\($0).png" }, set: name, model: name)
            }
            let worker = try await bench.worker(engines: Self.engines(Locked(0))) { $0.imagesInFlight = 36 }
            #expect(try await worker.run().counted == 36)
            #expect(try await bench.counts(set: "a") == bench.counts(set: "c"))
        }
    }

    @Test("a run that is told to keep density maps while it is counted keeps them from then on")
    func description() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            let link = DatabaseLink(archive, patience: .zero) { Issue.record("\($0)") }
            let networks = NetworkCache(
                database: link, store: .init(folder: "/nowhere"), engines: try TestNetwork.engines(),
                leastTurn: .zero, descriptionLasts: .zero
            ) { BatchingEngine($0) }
            #expect(try await !networks.description(ofRun: 1).keepsDensity)
            _ = try await connection.query("UPDATE headcount.runs SET keeps_density = true")
            try await waitUntil("the change to be seen") { try await networks.description(ofRun: 1).keepsDensity }
        }
    }
}
