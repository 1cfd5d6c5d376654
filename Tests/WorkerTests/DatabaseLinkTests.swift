import Archive
import Concurrency
import Postgres
import TestSupport
import Testing

@testable import Worker

/// Calls that the server gives up for the sake of others.
struct DatabaseLinkTests {
    /// Runs `body` where every heartbeat of a worker is refused: somebody holds its row, and it waits two seconds at most.
    private func whileRefused(
        _ body: (Archive, _ worker: Int, _ other: PostgresConnection) async throws -> Void
    ) async throws {
        try await TestArchive.withFresh { archive, connection in
            let worker = try await archive.registerTestWorker()
            let other = try await PostgresConnection.connect(connection.configuration)
            try await other.execute("BEGIN; SELECT FROM headcount.workers FOR UPDATE")
            try await body(archive, worker, other)
            await other.close()
        }
    }

    @Test("a call that the server refuses for a lock is made again until the lock is free, over the same connection")
    func lock() async throws {
        try await whileRefused { archive, worker, other in
            let link = DatabaseLink(archive, patience: .seconds(600)) { Issue.record("it is not away: \($0)") }
            var attempts = 0
            _ = try await link.call { archive in
                attempts += 1
                if attempts == 3 { try await other.execute("COMMIT") }
                return try await archive.heartbeat(worker: worker, lease: .seconds(60), holding: [])
            }
            #expect(attempts == 3)
        }
    }

    @Test("a call whose lock does not become free within the patience ends with the server's error")
    func patience() async throws {
        try await whileRefused { archive, worker, _ in
            let link = DatabaseLink(archive, patience: .zero) { Issue.record("it is not away: \($0)") }
            let error = await #expect(throws: PostgresError.self) {
                try await link.call { try await $0.heartbeat(worker: worker, lease: .seconds(60), holding: []) }
            }
            #expect(error?.sqlState == "55P03")
        }
    }

    @Test("a run about which a lock keeps the answer back is not asked about again for a while, others are")
    func question() async throws {
        try await whileRefused { archive, worker, _ in
            let link = DatabaseLink(archive, patience: .zero) { Issue.record("it is not away: \($0)") }
            let asked = Locked<[Int]>([])
            for run in [1, 1, 2] {
                let answer = try await link.attempt(aboutRun: run) { archive in
                    asked.withLock { $0.append(run) }
                    return try await archive.heartbeat(worker: worker, lease: .seconds(60), holding: [])
                }
                #expect(answer == nil)
            }
            #expect(asked.withLock { $0 } == [1, 2])
        }
    }
}
