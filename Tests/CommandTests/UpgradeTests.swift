import Foundation
import Postgres
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
}
