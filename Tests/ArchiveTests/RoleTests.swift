import Archive
import Postgres
import TestSupport
import Testing

/// Each role can do its own, and nothing else: every statement is tried as every role.
@Suite struct RoleTests {
    private struct Trial: Sendable {
        let statement: String
        let allowed: Set<String>

        init(_ statement: String, _ allowed: String...) {
            self.statement = statement
            self.allowed = Set(allowed)
        }
    }

    private static let roles = ["reader", "enqueuer", "worker", "admin"]

    private static let trials = [
        Trial("SELECT * FROM headcount.results", "reader", "admin"),
        Trial("SELECT * FROM headcount.failed_images", "reader", "admin"),
        Trial("SELECT * FROM headcount.progress", "reader", "worker", "admin"),
        Trial("SELECT * FROM headcount.images", "reader", "admin"),
        Trial("SELECT * FROM headcount.backlog", "reader", "worker", "admin"),
        Trial("SELECT headcount.count_in_box(1, 1, 0, 0, 9, 9)", "reader", "admin"),
        Trial("SELECT * FROM headcount.health()", "reader", "worker", "admin"),
        Trial("SELECT headcount.enqueue('r', ARRAY['http://h/9'])", "enqueuer", "admin"),
        Trial("INSERT INTO headcount.inbox (set_name, url) VALUES ('r', 'http://h/8')", "enqueuer", "admin"),
        Trial("SELECT headcount.recount('s')", "enqueuer", "admin"),
        Trial(
            """
            INSERT INTO headcount.workers (host, process, engine, engine_version, card, simulated, version)
            VALUES ('h', 1, 'openvino', '', 'cpu', false, '')
            """, "worker", "admin"),
        Trial("SELECT * FROM headcount.claim(1, '60 s')", "worker", "admin"),
        Trial("SELECT * FROM headcount.heartbeat(1, '60 s', '{}')", "worker", "admin"),
        Trial("SELECT headcount.give_up(1, 1, 1, 1)", "worker", "admin"),
        Trial("SELECT headcount.written(1, 1, '{1}', '{2}', '{1}')", "worker", "admin"),
        Trial("SELECT headcount.sign_off(1)", "worker", "admin"),
        Trial(
            """
            SELECT headcount.record(1, 1, 1, true, '{}', '{}', '{}', '{}', '{}', '{}', '{}', 1::smallint, '{}', '{}',
                '{}', '{}', '{}', '{}', '{}', '{}')
            """, "worker", "admin"),
        Trial("SELECT headcount.pause('s')", "admin"),
        Trial("SELECT headcount.resume('s')", "admin"),
        Trial("SELECT headcount.set_priority('s', 1)", "admin"),
        Trial("SELECT headcount.retry('s')", "admin"),
        Trial("SELECT headcount.cancel('s')", "admin"),
        Trial("SELECT headcount.remove_set('s')"),
        Trial("UPDATE headcount.runs SET wish = 'paused'", "admin"),
        Trial("UPDATE headcount.failure_classes SET attempts = 9", "admin"),
        // Nobody but the owner:
        Trial("INSERT INTO headcount.counts_1 SELECT * FROM headcount.counts_1"),
        Trial("UPDATE headcount.shards SET worker_id = 1"),
        Trial("DELETE FROM headcount.stripes"),
        Trial("UPDATE headcount.tallies SET counted = 1"),
        Trial("DELETE FROM headcount.images"),
        Trial("DELETE FROM headcount.sets"),
        Trial("DROP TABLE headcount.counts_1"),
        Trial("CREATE TABLE headcount.mine (x integer)"),
        Trial("SELECT headcount.give_back(1)"),
        Trial("SELECT headcount.add_to_tally(1, 1, 1, 1)"),
    ]

    @Test("every statement, tried as every role, is allowed to those it is meant for alone")
    func trials() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 2)
            _ = try await archive.registerTestWorker()
            for trial in Self.trials {
                for role in Self.roles {
                    let refusal: String? = try await connection.attempt(trial.statement, as: "headcount_" + role)
                    let words = "\(role): \(trial.statement)"
                    if trial.allowed.contains(role) {
                        #expect(refusal == nil, "\(words)")
                    } else {
                        // 42501: insufficient privilege. An active set cannot be removed by those who may either.
                        let expected = trial.statement.contains("remove_set") && role == "admin" ? "55006" : "42501"
                        #expect(refusal == expected, "\(words)")
                    }
                }
            }
        }
    }

    /// What only other functions call, and the triggers, which nobody needs a right for.
    private static let internalFunctions: Set = [
        "add_to_tally", "claim_new", "claim_waiting", "close_run", "empty_inbox", "ensure_run", "ensure_set",
        "extend_run", "give_back", "make_partition", "new_token", "notify_cards", "notify_runs", "notify_work",
        "pass_labels", "renew", "start_run", "steal", "take_labels",
    ]

    @Test("every function is granted to a role or known to be internal, none to everybody, and none can be led astray")
    func functions() async throws {
        try await TestArchive.withFresh { _, connection in
            let rows = try await connection.query(
                """
                SELECT p.proname::text AS name,
                    has_function_privilege('headcount_admin', p.oid, 'EXECUTE') AS is_granted,
                    has_function_privilege('public', p.oid, 'EXECUTE') AS is_public,
                    p.prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false) AS is_open
                FROM pg_proc p WHERE p.pronamespace = 'headcount'::regnamespace
                """)
            #expect(rows.count > Self.internalFunctions.count)
            for row in rows {
                let name = try row.decode(String.self, "name")
                let isGranted = try row.decode(Bool.self, "is_granted")
                #expect(isGranted != Self.internalFunctions.contains(name), "\(name): which is it?")
                #expect(try !row.decode(Bool.self, "is_public"), "\(name) may be called by everybody")
                #expect(
                    try !row.decode(Bool.self, "is_open"), "\(name) runs as its owner with the caller's search_path")
            }
        }
    }

    @Test("a URL and a name of a set are data, whatever they hold")
    func data() async throws {
        try await TestArchive.withFresh { archive, connection in
            let name = "x'); DROP TABLE headcount.sets; --"
            let url = "http://h/');DROP%20TABLE-headcount.sets;--$1%I"
            try await archive.enqueueForTest(name, list: url + "\n")
            let worker = try await archive.registerTestWorker()
            var scope = ClaimScope(set: name)
            scope.declinedRuns = [99]
            let shard = try await archive.claim(worker: worker, lease: .seconds(60), from: scope).first
            #expect(shard?.images.map(\.url) == [url])
            #expect(try await archive.pause(name) == 1)
            #expect(try await connection.query("SELECT FROM headcount.sets").count == 1)
        }
    }
}

extension PostgresConnection {
    /// Runs a statement with the rights of a role, and undoes it.
    /// - Returns: the SQLSTATE it was refused with; `nil` where it was not.
    fileprivate func attempt(_ statement: String, as role: String) throws(PostgresError) -> String? {
        try execute("BEGIN; SET LOCAL ROLE \(role)")
        var refusal: String?
        do {
            try execute(statement)
        } catch {
            refusal = error.sqlState ?? "no state"
        }
        try execute("ROLLBACK")
        return refusal
    }
}
