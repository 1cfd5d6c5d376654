import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct BenchQueueTests {
    private static let databases = "SELECT FROM pg_database WHERE datname ~ '^headcount_bench_'"

    @Test(
        "bench queue measures however few images there are, and leaves no database, killed or not",
        .timeLimit(.minutes(10)))
    func all() async throws {
        try await TestDatabase.withFresh { url in
            let connection = try await PostgresConnection.connect(
                PostgresConfiguration(connectionString: url, applicationName: "test"))
            let words = ["bench", "queue", "--shard", "32", "--database", url]
            func start(images: Int) async throws -> RunningProgram {
                let program = try RunningProgram(words + ["--images", "\(images)", "--seconds", "600"])
                try await waitUntil("the database of bench queue") {
                    try await !connection.query(Self.databases).isEmpty || !program.isRunning
                }
                return program
            }
            let killed = try await start(images: 1_000_000)
            killed.signal(SIGKILL)
            _ = try await killed.outcome()
            #expect(try await connection.query(Self.databases).count == 1)

            // Notes what every user of the machine can read of the programs that it starts, and runs them.
            let folder = try TemporaryFolder()
            for name in ["psql", "pgbench"] {
                let program = try folder.write(
                    "#!/bin/sh\necho \"$0 $*\" >> \(folder.path)/words\nPATH=${PATH#*:} exec \(name) \"$@\"\n", to: name
                )
                chmod(program, 0o755)
            }
            let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
            let measured = try await RunningProgram.run(
                [
                    "bench", "queue", "--shard", "32", "--images", "2000", "--seconds", "1", "--old-snapshot", "1",
                    "--json",
                ], environment: ["PATH": "\(folder.path):\(path)", "DATABASE_URL": url + "&password=hush-hush"])
            #expect(measured.status == 0, "\(measured.errors)")
            let started = try String(contentsOfFile: folder.path + "/words", encoding: .utf8)
            #expect(started.contains("/psql ") && started.contains("/pgbench ") && !started.contains("hush"))
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(measured.output.utf8)) as? [String: Any])
            for key in [
                "images_per_second", "wal_bytes_per_image", "claim_p99_ms", "enqueued_per_second", "ratio_to_copy",
                "images_per_second_with_logged_results", "ratio_with_old_snapshot", "ratio_to_pgbench",
            ] {
                #expect((object[key] as? NSNumber)?.doubleValue ?? -1 > 0, "\(key)")
            }
            #expect(try await connection.query(Self.databases).isEmpty)

            let stopped = try await start(images: 1_000_000)
            stopped.signal(SIGTERM)
            #expect(try await stopped.outcome().status == 143)
            #expect(try await connection.query(Self.databases).isEmpty)
            await connection.close()
        }
    }
}
