import Archive
import Postgres
import TestSupport
import Testing

/// What workers ask of the runs that are left, every few seconds.
@Suite struct RestTests {
    @Test("what is left is that of open runs, of one set or of all, and runs that are over are not looked at")
    func rest() async throws {
        try await TestArchive.withFresh { archive, connection in
            #expect(try await archive.rest() == RemainingWork(pending: 0, imagesPerSecond: 0))
            let worker = try await archive.registerTestWorker()
            try await archive.enqueueForTest("over", images: 1)
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(60)).first)
            _ = try await archive.record([.test(1)], [], of: shard.lease, worker: worker, finish: true)
            #expect(try await archive.claim(worker: worker, lease: .seconds(60)).isEmpty)
            #expect(try await archive.isDrained(worker: worker))
            try await archive.enqueueForTest("paused", images: 5)
            _ = try await archive.pause("paused")
            try await archive.enqueueForTest("mine", images: 3)
            try await archive.enqueueForTest("other", images: 4)
            // The tallies of a run are what takes time.
            try await connection.execute(
                """
                ALTER FUNCTION headcount.run_tally RENAME TO tally_of_run;
                CREATE FUNCTION headcount.run_tally(run integer, OUT counted bigint, OUT failed bigint,
                    OUT rate double precision, OUT average double precision, OUT last_at timestamptz,
                    OUT simulated boolean)
                LANGUAGE plpgsql STABLE AS $$
                BEGIN
                    IF run = 1 THEN
                        RAISE EXCEPTION 'a run that is over was looked at';
                    END IF;
                    SELECT t.* INTO counted, failed, rate, average, last_at, simulated FROM headcount.tally_of_run(run) t;
                END $$;
                CREATE OR REPLACE VIEW headcount.progress AS
                \(try await Self.definition(of: "headcount.progress", connection));
                """)
            await #expect(throws: PostgresError.self) { try await archive.progress() }
            #expect(try await archive.rest().pending == 7)
            #expect(try await archive.rest(ofSet: "mine").pending == 3)
            #expect(try await archive.rest(ofSet: "over").pending == 0)
        }
    }

    private static func definition(of view: String, _ connection: PostgresConnection) async throws -> String {
        try await connection.query("SELECT pg_get_viewdef($1::text::regclass) AS definition", [view])
            .first?.decode(String.self, "definition") ?? ""
    }
}
