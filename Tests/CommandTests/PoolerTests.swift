import Archive
import Glibc
import Postgres
import TestSupport
import Testing

/// Commands that reach their database through PgBouncer.
@Suite(.enabled(if: InstalledTool.pgbouncer.isPresent, InstalledTool.pgbouncer.absence))
struct PoolerTests {
    private static let work = [
        "work", "--engine", "simulated", "--simulated-batch-ms", "1", "--allow-network", "127.0.0.0/8",
    ]

    @Test("in session mode statements stay prepared, and workers hear of new images")
    func session() async throws {
        let pooler = try await Pooler(.session)
        try await CommandBench.with(pictures: 10) { bench in
            try await pooler.serve(bench.database)
            let database = ["--database", pooler.url(of: bench.database)]
            let worker = try RunningProgram(Self.work + database)
            try await bench.wait(
                until: """
                    EXISTS (SELECT FROM pg_stat_activity
                            WHERE datname = current_database() AND query LIKE 'LISTEN %')
                    """)
            let enqueued = try await RunningProgram.run(
                ["enqueue", "set", "--urls", "-"] + database, input: bench.list(1...10))
            #expect(enqueued.status == 0, "\(enqueued.errors)")
            try await bench.wait(until: "(SELECT state FROM headcount.progress) = 'done'")
            worker.signal(SIGTERM)
            #expect(try await worker.outcome().status == 0)
            #expect(try await bench.number("SELECT count(*) FROM headcount.counts") == 10)
        }
    }

    @Test(
        "in transaction mode, named pgbouncer=true, many share few sessions: nothing is prepared, and polling finds all"
    )
    func transaction() async throws {
        let pooler = try await Pooler(.transaction)
        try await CommandBench.with(pictures: 40) { bench in
            try await pooler.serve(bench.database)
            let database = ["--database", pooler.url(of: bench.database)]
            let workers = try (1...3).map { _ in try RunningProgram(Self.work + database) }
            try await bench.wait(until: "(SELECT count(*) FROM headcount.workers) = 3")
            let enqueued = try await RunningProgram.run(
                ["enqueue", "set", "--urls", "-", "--density"] + database,
                input: bench.list(1...40) + "\(bench.url)/missing.png\n")
            #expect(enqueued.status == 0, "\(enqueued.errors)")
            try await bench.wait(until: "(SELECT state FROM headcount.progress) = 'done'")
            for words in [["status"], ["results", "set"], ["failures", "set"], ["retry", "set"], ["doctor"]] {
                let outcome = try await RunningProgram.run(words + database)
                #expect(outcome.status == 0 || words == ["doctor"], "\(words): \(outcome.errors)")
            }
            try await bench.wait(until: "(SELECT state FROM headcount.progress) = 'done'")
            for worker in workers {
                worker.signal(SIGTERM)
                let outcome = try await worker.outcome()
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
            #expect(try await bench.number("SELECT count(*) FROM headcount.counts") == 40)
            #expect(try await bench.number("SELECT count(*) FROM headcount.density_maps") == 40)
            #expect(
                try await bench.number("SELECT count(*) FROM headcount.failed_images WHERE class = 'not_found'") == 1)
            #expect(
                try await bench.number(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN %'"
                )
                    == 0)

            for command in ["coordinate", "dashboard"] {
                let outcome = try await RunningProgram.run([command] + database)
                #expect(outcome.status == 64, "\(command)")
                #expect(outcome.errors.contains("session of its own"), "\(command): \(outcome.errors)")
            }
        }
    }
}
