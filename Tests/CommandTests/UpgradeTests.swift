import Foundation
import Glibc
import Postgres
import Supervision
import TestSupport
import Testing

/// A newer version of the program is put in place while the present one works.
struct UpgradeTests {
    /// What a newer version has in place of `Migrations`: one more, which adds as migrations may.
    private static func newerShare() throws -> TemporaryFolder {
        let share = try TemporaryFolder()
        let names = try FileManager.default.contentsOfDirectory(atPath: Checkout.root + "/Migrations")
        for name in names {
            try share.write(
                [UInt8](Data(contentsOf: URL(filePath: Checkout.root + "/Migrations/" + name))),
                to: "migrations/" + name)
        }
        let next = String(10_001 + names.count).dropFirst()
        try share.write(
            """
            ALTER TABLE headcount.counts ADD COLUMN mood text NOT NULL DEFAULT 'calm';
            ALTER TABLE headcount.workers ADD COLUMN rack text;
            ALTER TYPE headcount.failure_class ADD VALUE 'eclipse';
            CREATE TABLE headcount.weather (id integer PRIMARY KEY);
            """, to: "migrations/\(next)_newer.sql")
        return share
    }

    @Test(
        "a worker that finds a newer schema says so, finishes, and the newer version counts the rest",
        .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
    func worker() async throws {
        try await CommandBench.with(pictures: 3) { bench in
            let share = try Self.newerShare()
            let list = (0..<400).map { "\(bench.url)/\($0 % 3 + 1).png?\($0)\n" }.joined()
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: list)
            let options = ["--allow-network", "127.0.0.0/8", "--lease", "3"]
            let old = try bench.start(["work"] + options)
            try await bench.wait(until: "EXISTS (SELECT FROM headcount.counts)")
            let newer = ["HEADCOUNT_SHARE": share.path]
            let database = ["--database", bench.database]
            let migrated = try await RunningProgram.run(["migrate"] + database, environment: newer)
            #expect(migrated.status == 0 && migrated.errors.contains("_newer.sql"), "\(migrated.errors)")

            let ended = try await old.outcome()
            #expect(ended.status == 78)
            #expect(ended.errors.contains("\"outdated\"") && ended.errors.contains("install the newer headcount"))
            // Nothing is left in its hands.
            #expect(try await bench.number("SELECT count(*) FROM headcount.shards WHERE worker_id IS NOT NULL") == 0)
            // Once it has ended it does not come back.
            let again = try await bench.run(["work", "--drain"])
            #expect(again.status == 78 && again.errors.contains("install the newer headcount"), "\(again.errors)")

            let rest = try await RunningProgram.run(["work", "--drain"] + options + database, environment: newer)
            #expect(rest.status == 0, "\(rest.errors)")
            #expect(try await bench.number("SELECT count(*) FROM headcount.counts WHERE mood = 'calm'") == 400)
            #expect(try await bench.number("SELECT images FROM headcount.backlog") == 0)
        }
    }

    @Test("a coordinator that finds a newer schema lets its workers finish, and ends")
    func coordinator() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            let share = try Self.newerShare()
            let old = try bench.start(["coordinate", "--simulated-cards", "2", "--host-name", "upgraded"])
            try await bench.wait(
                until: """
                    (SELECT count(*) FROM headcount.workers WHERE host = 'upgraded' AND stopped_at IS NULL) >= 2
                    """)
            let migrated = try await RunningProgram.run(
                ["migrate", "--database", bench.database], environment: ["HEADCOUNT_SHARE": share.path])
            #expect(migrated.status == 0, "\(migrated.errors)")
            let ended = try await old.outcome()
            #expect(ended.status == 78, "\(ended.errors)")
            #expect(ended.errors.contains("the workers finish what is in flight"))
            #expect(
                try await bench.number(
                    "SELECT count(*) FROM headcount.workers WHERE host = 'upgraded' AND stopped_at IS NULL") == 0)
            #expect(
                try await bench.number("SELECT count(*) FROM headcount.cards WHERE quarantined_at IS NOT NULL") == 0)
        }
    }

    /// Stops processes, kills the server, starts it again and migrates it further, and lets the processes go on: what
    /// they find when they connect anew is a newer schema.
    private func migrate(
        _ bench: CommandBench, of cluster: LocalCluster, whileStopped processes: [Int32]
    ) async throws {
        let share = try Self.newerShare()
        for process in processes { kill(process, SIGSTOP) }
        defer { for process in processes { kill(process, SIGCONT) } }
        try await cluster.stop(immediately: true)
        try await cluster.start()
        let migrated = try await RunningProgram.run(
            ["migrate", "--database", bench.database], environment: ["HEADCOUNT_SHARE": share.path])
        #expect(migrated.status == 0 && migrated.errors.contains("_newer.sql"), "\(migrated.errors)")
        // A connection that broke is known to have when it is next used.
        _ = try? await bench.connection.query("SELECT")
        try await bench.connection.reconnect()
    }

    /// A set of images and a cluster of its own, which can be killed.
    private func withCluster(_ body: (CommandBench, LocalCluster) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        // Under root the server has an account of its own, which must come through here.
        chmod(folder.path, 0o755)
        let cluster = LocalCluster(folder: folder.path + "/postgres")
        try await cluster.start()
        do {
            try await CommandBench.with(database: cluster.url(), pictures: 3) { bench in
                let list = (0..<Self.images).map { "\(bench.url)/\($0 % 3 + 1).png?\($0)\n" }.joined()
                _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: list)
                try await body(bench, cluster)
            }
            try await cluster.remove()
        } catch {
            try? await cluster.remove()
            throw error
        }
    }

    /// Minutes of work, so that some is left whatever the machine has to do besides.
    private static let images = 2000
    private static let slowly = [
        "--allow-network", "127.0.0.0/8", "--no-dedupe", "--simulated-batch-ms", "200", "--lease", "15",
    ]

    @Test("a worker that finds a newer schema when the database is back finishes, gives the rest back and says so")
    func workerAfterOutage() async throws {
        try await withCluster { bench, cluster in
            let worker = try bench.start(["work", "--engine", "simulated"] + Self.slowly)
            try await bench.wait(until: "EXISTS (SELECT FROM headcount.counts)")
            try await migrate(bench, of: cluster, whileStopped: [worker.processIdentifier])
            let ended = try await worker.outcome()
            #expect(ended.status == 78, "\(ended.errors)")
            #expect(ended.errors.contains("\"database_back\"") && ended.errors.contains("\"outdated\""))
            try await expectInOrder(bench)
        }
    }

    @Test("a coordinator that finds a newer schema when the database is back lets its workers finish, and ends")
    func coordinatorAfterOutage() async throws {
        try await withCluster { bench, cluster in
            let coordinator = try bench.start(
                ["coordinate", "--simulated-cards", "2", "--host-name", "upgraded", "--hang-limit", "3600"]
                    + Self.slowly)
            try await bench.wait(
                until: """
                    EXISTS (SELECT FROM headcount.counts)
                    AND (SELECT count(*) FROM headcount.workers WHERE stopped_at IS NULL) = 2
                    """)
            let workers = try await bench.connection.query("SELECT process FROM headcount.workers")
                .map { Int32(try $0.decode(Int.self, "process")) }
            try await migrate(bench, of: cluster, whileStopped: [coordinator.processIdentifier] + workers)
            let ended = try await coordinator.outcome()
            #expect(ended.status == 78, "\(ended.errors)")
            #expect(ended.errors.contains("the workers finish what is in flight"), "\(ended.errors)")
            for worker in workers { #expect(!ProcessSearch.exists(worker)) }
            #expect(
                try await bench.number("SELECT count(*) FROM headcount.cards WHERE quarantined_at IS NOT NULL") == 0)
            try await expectInOrder(bench)
        }
    }

    /// Nothing is left in anybody's hands, and every worker has said good-bye.
    private func expectInOrder(_ bench: CommandBench) async throws {
        #expect(try await bench.number("SELECT count(*) FROM headcount.shards WHERE worker_id IS NOT NULL") == 0)
        #expect(try await bench.number("SELECT count(*) FROM headcount.workers WHERE stopped_at IS NULL") == 0)
        let counted = try await bench.number("SELECT count(*) FROM headcount.counts")
        #expect((1..<Self.images).contains(counted))
        #expect(try await bench.number("SELECT sum(pending) FROM headcount.progress") == Self.images - counted)
    }
}
