import Archive
import Density
import Digest
import Postgres
import TestSupport
import Testing

/// A worker that was stopped until its lease had passed on, and goes on then, can write nothing.
@Suite struct ZombieTests {
    /// Everything that a worker can do with a lease.
    enum Deed: CaseIterable {
        case count, densityMap, finalFailure, deferredFailure, postponed, mixed, finish, giveBack, giveUp, renew,
            signOff

        func perform(
            _ archive: Archive, lease: ShardLease, worker: Int
        ) async throws {
            let map = StoredDensity(DensityMap(size: PixelSize(width: 2, height: 2), cells: [1, 2, 3, 4]))
            let mapped = CountResult(
                image: 1, count: 10, tiles: 1, width: 640, height: 480, pictureDigest: try SHA256Digest(of: []),
                pictureBytes: 1, times: StepTimes(fetch: .zero, decode: .zero, infer: .zero), density: map)
            let corrupt = FailureResult(image: 2, failure: .corrupt, detail: "late")
            let timeout = FailureResult(image: 3, failure: .timeout, detail: "late")
            let resting = PostponedImage(image: 4, wait: .seconds(60))
            func record(
                _ counts: [CountResult], _ failures: [FailureResult], postponed: [PostponedImage] = [], finish: Bool
            ) async throws {
                let receipt = try await archive.record(
                    counts, failures, postponed: postponed, of: lease, worker: worker, finish: finish)
                #expect(receipt == nil, "\(self)")
            }
            switch self {
            case .count: try await record([.test(1, count: 13)], [], finish: false)
            case .densityMap: try await record([mapped], [], finish: false)
            case .finalFailure: try await record([], [corrupt], finish: false)
            case .deferredFailure: try await record([], [timeout], finish: false)
            case .postponed: try await record([], [], postponed: [resting], finish: false)
            case .mixed: try await record([mapped], [corrupt, timeout], postponed: [resting], finish: false)
            case .finish: try await record((1...4).map { try .test($0, count: 13) }, [], finish: true)
            case .giveBack: try await record([], [], finish: true)
            case .giveUp: try await archive.giveUp(lease, after: 1, worker: worker)
            case .renew:
                do {
                    let held = try await archive.heartbeat(worker: worker, lease: .seconds(600), holding: [lease])
                    #expect(held.isEmpty)
                } catch ArchiveError.signedOff(worker) {}
            case .signOff: try await archive.signOff(worker: worker)
            }
        }
    }

    /// How a lease can have passed on.
    enum Loss: CaseIterable {
        /// Its time was over, and another worker claimed the shard.
        case expired
        /// Somebody knew better and signed the worker off.
        case signedOff
        /// Its time was over, it was given back, and the same worker claimed the shard again: two claims of one worker.
        case claimedAgain
    }

    @Test("nothing that a late worker does changes anything", arguments: Loss.allCases)
    func late(after loss: Loss) async throws {
        try await TestArchive.withFresh { archive, connection in
            for deed in Deed.allCases {
                // The second claim of the same worker is its own to renew and to give back.
                if loss == .claimedAgain, deed == .renew || deed == .signOff { continue }
                let scope = ClaimScope(set: "\(deed)")
                try await archive.enqueueForTest("\(deed)", images: 4)
                let zombie = try await archive.registerTestWorker()
                let heir = loss == .claimedAgain ? zombie : try await archive.registerTestWorker()
                func claim(_ worker: Int, lease: Duration) async throws -> ShardLease {
                    let shards = try await archive.claim(worker: worker, lease: lease, images: 4, from: scope)
                    return try #require(shards.first).lease
                }
                let lost = try await claim(zombie, lease: loss == .signedOff ? .seconds(600) : .zero)
                if loss == .signedOff { try await archive.signOff(worker: zombie) }
                if loss == .claimedAgain { _ = try await connection.query("SELECT headcount.release_expired()") }
                let held = try await claim(heir, lease: .seconds(600))
                #expect(held.shard == lost.shard)
                #expect(held.token > lost.token)

                let before = try await Self.everything(connection)
                try await deed.perform(archive, lease: lost, worker: zombie)
                #expect(try await Self.everything(connection) == before, "\(deed)")

                let counts = try (1...4).map { try CountResult.test($0, count: 2) }
                #expect(try await archive.record(counts, [], of: held, worker: heir, finish: true)?.lastImage == 0)
                let people = try await connection.query(
                    "SELECT sum(count) AS people FROM headcount.results WHERE set_name = $1", [scope.set])
                #expect(try people.first?.decode(Double.self, "people") == 8, "\(deed)")
            }
        }
    }

    @Test("a worker whose images were given to another can write nothing for them, and no more than once for its own")
    func stolen() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 100)
            let (slow, idle) = (try await archive.registerTestWorker(), try await archive.registerTestWorker())
            let large = try #require(
                try await archive.claim(
                    worker: slow, lease: .seconds(60), images: 100, pace: WorkerPace(rate: 1)
                ).first)
            let stolen = try #require(
                try await archive.claim(
                    worker: idle, lease: .seconds(60), pace: WorkerPace(rate: 1), maySteal: true
                ).first)
            let first = try #require(stolen.images.first?.number)
            let before = try await Self.everything(connection)
            let failures = [
                FailureResult(image: first, failure: .corrupt, detail: "late"),
                FailureResult(image: first + 1, failure: .timeout, detail: "late"),
            ]
            for _ in 1...2 {
                let receipt = try await archive.record(
                    [.test(first + 2)], failures, postponed: [PostponedImage(image: first + 3, wait: .seconds(60))],
                    of: large.lease, worker: slow, finish: false)
                #expect(receipt?.lastImage == first - 1)
                #expect(receipt?.leftOut == Set(first...first + 3))
            }
            #expect(try await Self.everything(connection, but: "tallies") == before.filter { $0.key != "tallies" })
            for _ in 1...2 {
                #expect(
                    try await archive.record([.test(1)], [], of: large.lease, worker: slow, finish: false)?.lastImage
                        == first - 1)
            }
            #expect(try await archive.progress(ofSet: "s").map(\.counted) == [1])
        }
    }

    /// The rows of every table that a worker's writes reach, but for its own heartbeat.
    private static func everything(
        _ connection: PostgresConnection, but left: String? = nil
    ) async throws -> [String: String] {
        var rows: [String: String] = [:]
        for table in ["counts", "failures", "density_maps", "shards", "stripes", "tallies"] where table != left {
            let text = try await connection.query(
                "SELECT coalesce(string_agg(t::text, ' ' ORDER BY t::text), '') AS rows FROM headcount.\(table) t")
            rows[table] = try text.first?.decode(String.self, "rows")
        }
        return rows
    }
}
