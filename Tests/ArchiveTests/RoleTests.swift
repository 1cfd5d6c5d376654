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
        Trial("SELECT headcount.recount('s', card_label => 'museum')", "enqueuer", "admin"),
        Trial(
            "SELECT headcount.take_in('r', NULL, NULL, 0, false, ARRAY['http://h/7'], NULL, NULL, NULL, 'museum')",
            "enqueuer", "admin"),
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
        Trial("SELECT headcount.written(1, 1, '{1}', '{2}', '{1}')", "worker", "admin"),
        Trial("SELECT headcount.release_expired()", "worker", "admin"),
        Trial("SELECT headcount.known_count(1, 'x', 1::smallint, 1)", "worker", "admin"),
        Trial("SELECT headcount.earlier_counts(1, '{1}', 1::smallint, 1)", "worker", "admin"),
        // Coordinators.
        Trial("SELECT headcount.record_host('b', 1, '0', 2, 1)", "worker", "admin"),
        Trial("SELECT headcount.record_cards('a', '[]')", "worker", "admin"),
        Trial("SELECT headcount.find_card('a/cpu')", "worker", "admin"),
        Trial("SELECT headcount.end_workers('test', '{1}')", "worker", "admin"),
        Trial(
            """
            SELECT headcount.record_samples('{1}', '{5}', '{1}', '{9}', '{9}', '{9}', '{0}', '{40}', '{40}', '{9}',
                '{9}', '{9}')
            """, "worker", "admin"),
        Trial("SELECT headcount.take_lead('a', 1)", "worker", "admin"),
        Trial("SELECT headcount.require_lead(0)", "worker", "admin"),
        Trial("SELECT headcount.do_chores(0)", "worker", "admin"),
        Trial("SELECT headcount.do_upkeep(0)", "worker", "admin"),
        Trial("SELECT headcount.set_workers(0, 1, 2)", "worker", "admin"),
        Trial("UPDATE headcount.hosts SET heartbeat_at = now()", "worker", "admin"),
        Trial("UPDATE headcount.cards SET quarantined_at = now(), quarantine_reason = 'loud'", "worker", "admin"),
        Trial("SELECT * FROM headcount.card_status", "reader", "worker", "admin"),
        // People who run the archive.
        Trial("SELECT headcount.scale('a/cpu', 2)", "admin"),
        Trial("SELECT headcount.quarantine('a/cpu')", "admin"),
        Trial("SELECT headcount.release('a/cpu')", "admin"),
        Trial("UPDATE headcount.cards SET desired_workers = 2, labels = '{x}'", "admin"),
        Trial("UPDATE headcount.sets SET detach_after = '1 day'", "admin"),
        Trial("SELECT headcount.pause('s')", "admin"),
        Trial("SELECT headcount.resume('s')", "admin"),
        Trial("SELECT headcount.set_priority('s', 1)", "admin"),
        Trial("SELECT headcount.retry('s')", "admin"),
        Trial("SELECT headcount.cancel('s')", "admin"),
        Trial("SELECT headcount.cancel('s'); SELECT headcount.remove_set('s')", "admin"),
        Trial("SELECT headcount.cancel('s'); SELECT headcount.detach_run(1)", "admin"),
        Trial("SELECT headcount.detach_old_runs()", "admin"),
        Trial("SELECT headcount.fold_tallies()", "admin"),
        Trial("SELECT headcount.pin(1, 'museum')", "admin"),
        Trial("UPDATE headcount.runs SET wish = 'paused'", "admin"),
        Trial("UPDATE headcount.runs SET wish = 'cancelled'", "admin"),
        Trial("UPDATE headcount.runs SET card_label = 'museum'", "admin"),
        Trial("UPDATE headcount.failure_classes SET attempts = 9", "admin"),
        // As headcount model rm and evaluate --keep-truth do.
        Trial("DELETE FROM headcount.models WHERE name = 'spare'", "admin"),
        Trial("DELETE FROM headcount.model_files WHERE content = 'x'", "admin"),
        Trial(
            """
            INSERT INTO headcount.truth (set_id, image, count, counted_by) VALUES (1, 1, 7, 'me')
            ON CONFLICT (set_id, image) DO UPDATE SET count = excluded.count, counted_by = excluded.counted_by
            """, "admin"),
        // Nobody but the owner:
        Trial("INSERT INTO headcount.counts_1 SELECT * FROM headcount.counts_1"),
        Trial("UPDATE headcount.shards SET worker_id = 1"),
        Trial("DELETE FROM headcount.stripes"),
        Trial("DELETE FROM headcount.marks"),
        Trial("UPDATE headcount.workers SET lease_until = now()"),
        Trial("SELECT headcount.grant_roles()"),
        Trial("UPDATE headcount.tallies SET counted = 1"),
        Trial("DELETE FROM headcount.images"),
        Trial("DELETE FROM headcount.sets"),
        Trial("DROP TABLE headcount.counts_1"),
        Trial("CREATE TABLE headcount.mine (x integer)"),
        Trial("SELECT headcount.give_back(1)"),
        Trial("SELECT * FROM headcount.lock_leased(1, 1, 1)"),
        Trial("SELECT headcount.add_to_tally(1, 1, 1, 1)"),
    ]

    @Test("every statement, tried as every role, is allowed to those it is meant for alone")
    func trials() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 2)
            _ = try await archive.registerTestWorker()
            try await archive.register(
                HostRegistration(name: "a", process: 1, version: "0", cores: 2, memoryBytes: 1 << 30))
            try await archive.record(
                [FoundCard(name: "cpu", engine: "openvino", number: 0, simulated: false)], ofHost: "a")
            try await connection.execute(
                """
                INSERT INTO headcount.models (name, manifest, digest) VALUES ('spare', '1', encode(sha256('1'), 'hex'));
                INSERT INTO headcount.model_files (digest, content) VALUES (encode(sha256('x'), 'hex'), 'x')
                """)
            for trial in Self.trials {
                for role in Self.roles {
                    let refusal: String? = try await connection.attempt(trial.statement, as: "headcount_" + role)
                    let words = "\(role): \(trial.statement)"
                    if trial.allowed.contains(role) {
                        #expect(refusal == nil, "\(words)")
                    } else {
                        // 42501: insufficient privilege.
                        #expect(refusal == "42501", "\(words)")
                    }
                }
            }
        }
    }

    /// Who may call each function of the schema. What only reads, as its caller, may be called by everybody who can log
    /// in; what only other functions and triggers call, by nobody.
    private static let callers: [(roles: Set<String>, functions: Set<String>)] = [
        (
            ["reader", "enqueuer", "worker", "admin"],
            [
                "checked_priority", "claim_size", "count_in_box", "find_model", "first_images", "fleet_rate", "health",
                "is_drained", "is_tile_plan", "kin_of", "leased_runs", "multirange_size", "newest_stripes", "open_runs",
                "plan_of", "rate_now", "require_set", "require_times", "require_urls", "retry_delay",
                "run_pending", "run_tally", "set_name_problem", "stripe_rest", "tallies_of", "url_entry", "url_problem",
            ]
        ),
        (["enqueuer", "admin"], ["enqueue", "recount", "take_in"]),
        (
            ["worker", "admin"],
            [
                "claim", "do_chores", "do_upkeep", "earlier_counts", "end_workers", "find_card", "give_up", "heartbeat",
                "known_count", "record", "record_cards", "record_host", "record_samples", "release_expired",
                "require_lead", "set_workers", "sign_off", "take_lead", "written",
            ]
        ),
        (
            ["admin"],
            [
                "cancel", "detach_old_runs", "detach_run", "fold_tallies", "pause", "pin", "quarantine", "release",
                "remove_set", "resume", "retry", "retry_run", "scale", "set_priority",
            ]
        ),
        (
            [],
            [
                "add_to_tally", "attach_partitions", "bound_waits", "cancel_run", "claim_new", "claim_waiting",
                "close_run", "drop_work",
                "empty_inbox", "ensure_run", "ensure_set", "extend_run", "give_back", "grant_roles", "lock_leased",
                "make_partition", "move_mark", "new_token", "notify_cards", "notify_runs", "notify_work", "pass_labels",
                "postpone", "renew", "start_run", "steal", "take_labels",
            ]
        ),
    ]

    /// Every function of the schema, and the roles that may call it.
    private static func rights(_ connection: PostgresConnection) async throws -> [String: Set<String>] {
        let rows = try await connection.query(
            """
            SELECT p.proname::text AS name, array_agg(r.role) AS roles
            FROM pg_proc p CROSS JOIN unnest($1::text[]) AS r(role)
            WHERE p.pronamespace = 'headcount'::regnamespace
                AND has_function_privilege('headcount_' || r.role, p.oid, 'EXECUTE')
            GROUP BY p.oid, p.proname
            UNION ALL
            SELECT p.proname::text, '{}' FROM pg_proc p
            WHERE p.pronamespace = 'headcount'::regnamespace AND NOT EXISTS (
                SELECT FROM unnest($1::text[]) AS r(role)
                WHERE has_function_privilege('headcount_' || r.role, p.oid, 'EXECUTE'))
            """, [roles])
        return try Dictionary(
            rows.map { (try $0.decode(String.self, "name"), Set(try $0.decode([String].self, "roles"))) },
            uniquingKeysWith: { $0.union($1) })
    }

    @Test("every function is granted to just the roles it is meant for, none to everybody, and none can be led astray")
    func functions() async throws {
        try await TestArchive.withFresh { _, connection in
            let rights = try await Self.rights(connection)
            try Self.compare(rights)
            let astray = try await connection.query(
                """
                SELECT p.proname::text AS name FROM pg_proc p
                WHERE p.pronamespace = 'headcount'::regnamespace
                    AND (has_function_privilege('public', p.oid, 'EXECUTE')
                        OR p.prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false))
                """)
            #expect(
                try astray.map { try $0.decode(String.self, "name") } == [],
                "may be called by everybody, or runs as its owner with the caller's search_path")
        }
    }

    /// Who may write to tables, all or some columns of them. Everything is the reader's to read.
    private static let writers = [
        "enqueuer INSERT inbox", "worker INSERT workers", "worker UPDATE hosts", "worker UPDATE cards",
        "admin INSERT inbox", "admin INSERT workers", "admin UPDATE hosts", "admin UPDATE cards", "admin UPDATE runs",
        "admin UPDATE sets", "admin UPDATE failure_classes", "admin INSERT models", "admin UPDATE models",
        "admin DELETE models", "admin INSERT model_files", "admin DELETE model_files", "admin INSERT truth",
        "admin UPDATE truth", "admin DELETE truth",
    ]

    @Test("every table is read by those it is meant for, and written to by hardly anybody")
    func tables() async throws {
        try await TestArchive.withFresh { archive, connection in
            // A set and a run, for their partitions.
            try await archive.enqueueForTest("s", images: 1)
            let rights = try await connection.query(
                """
                SELECT format('%s %s %s', r.role, p.privilege, c.relname) AS found
                FROM pg_class c CROSS JOIN unnest($1::text[]) AS r(role)
                CROSS JOIN unnest('{INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) AS p(privilege)
                WHERE c.relnamespace = 'headcount'::regnamespace AND c.relkind IN ('r', 'p', 'v')
                    AND CASE WHEN p.privilege IN ('INSERT', 'UPDATE', 'REFERENCES')
                        THEN has_any_column_privilege('headcount_' || r.role, c.oid, p.privilege)
                        ELSE has_table_privilege('headcount_' || r.role, c.oid, p.privilege) END
                """, [Self.roles])
            #expect(try rights.map { try $0.decode(String.self, "found") }.sorted() == Self.writers.sorted())
            let reading = try await connection.query(
                """
                SELECT r.role, array_agg(c.relname::text ORDER BY c.relname) AS tables
                FROM pg_class c CROSS JOIN unnest($1::text[]) AS r(role)
                WHERE c.relnamespace = 'headcount'::regnamespace AND c.relkind IN ('r', 'p', 'v')
                    AND has_any_column_privilege('headcount_' || r.role, c.oid, 'SELECT')
                GROUP BY r.role
                """, [Self.roles])
            let readable = try Dictionary(
                uniqueKeysWithValues: reading.map {
                    (try $0.decode(String.self, "role"), try $0.decode([String].self, "tables"))
                })
            let every = try await connection.query(
                """
                SELECT c.relname::text AS name FROM pg_class c
                WHERE c.relnamespace = 'headcount'::regnamespace AND c.relkind IN ('r', 'p', 'v') ORDER BY c.relname
                """)
            let all = try every.map { try $0.decode(String.self, "name") }
            #expect(readable["reader"] == all && readable["admin"] == all)
            #expect(readable["enqueuer"] == ["failure_classes", "migrations", "models", "sets"])
            #expect(
                readable["worker"] == [
                    "backlog", "card_samples", "card_status", "cards", "failure_classes", "hosts", "leadership",
                    "migrations", "model_files", "models", "progress", "runs", "sets", "shards", "stripes", "tallies",
                    "workers",
                ])
        }
    }

    private static func compare(_ rights: [String: Set<String>]) throws {
        var left = rights
        for (roles, functions) in callers {
            for name in functions.sorted() { #expect(left.removeValue(forKey: name) == roles, "\(name)") }
        }
        #expect(left.keys.sorted() == [], "which roles may call these?")
    }

    @Test("where the one who migrates may make no roles, an administrator gives them all their rights later")
    func grantedLater() async throws {
        try await TestDatabase.withConnection { connection in
            let name = "plain_\(UInt32.random(in: 0 ... .max))"
            try await connection.execute("CREATE ROLE \(name) LOGIN")
            try await connection.execute("GRANT CREATE ON DATABASE \(connection.configuration.database) TO \(name)")
            // The roles themselves are there, from other databases of the server.
            try await TestArchive.withFresh { _, _ in }
            let plain = try await PostgresConnection.connect(connection.configuration.loggingIn(as: name))
            try await Migrator(plain, migrations: TestArchive.migrations()).migrate()
            #expect(try await Self.rights(connection).values.allSatisfy(\.isEmpty))
            for _ in 1...2 {
                _ = try await connection.query("SELECT headcount.grant_roles()")
                try Self.compare(try await Self.rights(connection))
            }
            // What the owner makes from now on is for readers too.
            try await plain.execute("CREATE TABLE headcount.later (x integer)")
            #expect(try await connection.attempt("SELECT * FROM headcount.later", as: "headcount_reader") == nil)
            await plain.close()
            try await connection.execute("DROP OWNED BY \(name); DROP ROLE \(name)")
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
