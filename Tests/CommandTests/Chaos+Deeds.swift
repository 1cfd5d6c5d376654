import Concurrency
import Glibc
import Postgres
import TestSupport
import Testing

/// What is done to the workers and to their sets, and what must have come of it.
extension Chaos {
    func expectExactlyOnce() async throws {
        #expect(try await number("SELECT count(*) FROM headcount.counts") == plan.present)
        #expect(try await number("SELECT count(*) FROM headcount.failures WHERE final") == plan.absent + plan.refused)
        let both = "SELECT count(*) FROM headcount.counts JOIN headcount.failures f USING (run_id, image) WHERE f.final"
        #expect(try await number(both) == 0)
        let neither = """
            SELECT count(*) FROM headcount.images i
            WHERE NOT EXISTS (SELECT FROM headcount.counts c WHERE c.image = i.number)
                AND NOT EXISTS (SELECT FROM headcount.failures f WHERE f.image = i.number AND f.final)
            """
        #expect(try await number(neither) == 0)
        // The same picture, the same count, whoever counted it.
        let differing = """
            SELECT count(*) FROM (
                SELECT FROM headcount.counts c GROUP BY c.picture_digest HAVING count(DISTINCT c.count) > 1) AS pictures
            """
        #expect(try await number(differing) == 0)
        let counts = "SELECT count(DISTINCT count) FROM headcount.counts"
        #expect(try await number(counts) == min(Self.pictures, plan.present))
        #expect(try await number("SELECT count(*) FROM headcount.shards") == 0)
        #expect(try await number("SELECT sum(counted) FROM headcount.tallies") == plan.present)
        #expect(try await number("SELECT sum(failed) FROM headcount.tallies") == plan.absent + plan.refused)
        try await expectNoNeedlessWork()
    }

    /// What was fetched twice is what somebody had fetched who lost it, and what was stolen; where the server crashed, what
    /// was leased then.
    private func expectNoNeedlessWork() async throws {
        let rows = try await connection.query(
            """
            SELECT w.process, i.url FROM headcount.lost l JOIN headcount.workers w ON w.id = l.worker_id
            CROSS JOIN LATERAL unnest(l.images) AS part JOIN headcount.images i
                ON i.set_id = 1 AND i.number >= lower(part) AND i.number < upper(part)
            """)
        let lost = try rows.map { row in
            (process: try row.decode(Int.self, "process"), url: try row.decode(String.self, "url"))
        }
        let stolen = try await number("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM headcount.stolen")
        let (names, leasedAtCrash, log) = state.withLock { ($0.names, $0.leasedAtCrash, $0.log) }
        let (fetched, doubled) = fetches.withLock { ($0.by, $0.number - plan.present) }
        let inFlight = lost.count { process, url in
            guard let name = names[process], let image = url.split(separator: "/").last.flatMap({ Int($0) }) else {
                return false
            }
            return fetched[name]?.contains(image) ?? false
        }
        #expect(doubled <= inFlight + stolen + leasedAtCrash, "\(log)")
        print(
            "chaos: \(plan.images) images, \(log.joined(separator: ", ")); fetched twice: \(doubled); in flight where it "
                + "was lost: \(inFlight) of \(lost.count), stolen: \(stolen), leased at crashes: \(leasedAtCrash)")
    }

    // MARK: Deeds

    func perform(_ deed: Deed) async throws {
        switch deed {
        case .kill:
            let victim = state.withLock { $0.workers.remove(at: Int.random(in: $0.workers.indices)) }
            victim.signal(SIGKILL)
            _ = try await victim.outcome()
            note("kill")
        case .crash:
            try await waitForRegistrations()
            // Claims that did not reach the disk are undone, and what is under way for them is refused.
            let leased = try await number(
                "SELECT coalesce(sum(headcount.multirange_size(images)), 0) FROM headcount.shards WHERE worker_id > 0")
            state.withLock { $0.leasedAtCrash += leased }
            note("crash (\(leased))")
            try await cluster.stop(immediately: true)
            try await cluster.start()
        case .cut:
            try await waitForRegistrations()
            _ = try await number(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE application_name = 'headcount worker'
                """)
            note("cut")
        case .stop:
            let victim = state.withLock { $0.workers[Int.random(in: $0.workers.indices)] }
            victim.signal(SIGSTOP)
            note("stop")
            try await waitUntil(
                """
                NOT EXISTS (SELECT FROM headcount.shards s JOIN headcount.workers w ON w.id = s.worker_id
                            WHERE w.process = \(victim.processIdentifier))
                """)
            victim.signal(SIGCONT)
        case .pause:
            note("pause")
            let before = try await number("SELECT \(Self.ended)")
            try await order("SELECT headcount.pause('set')")
            try await waitUntil(
                "\(Self.ended) > \(before) OR NOT EXISTS (SELECT FROM headcount.shards WHERE worker_id IS NOT NULL)")
            try await order("SELECT headcount.resume('set')")
        case .retry:
            note("retry")
            try await order("SELECT headcount.retry('set')")
        case .remove:
            note("remove")
            let urls = (1...20).map { "'\(url)\(Self.other)\($0)'" }.joined(separator: ", ")
            try await order("SELECT headcount.enqueue('other', ARRAY[\(urls)], priority => 1)")
            try await waitUntil(
                """
                EXISTS (SELECT FROM headcount.shards WHERE run_id > 1 AND worker_id IS NOT NULL)
                OR (SELECT state FROM headcount.progress WHERE set_name = 'other') = 'done'
                """)
            try await order("SELECT headcount.cancel('other'); SELECT headcount.remove_set('other')")
        }
    }

    /// A worker that finds no database when it starts ends, as any program does: it outlasts what comes after that.
    private func waitForRegistrations() async throws {
        for worker in state.withLock({ $0.workers }) {
            try await waitUntil(
                "EXISTS (SELECT FROM headcount.workers WHERE process = \(worker.processIdentifier))")
        }
    }

    private func note(_ deed: String) {
        state.withLock { $0.log.append(deed) }
    }

    /// What people do to sets; again where the server gave it up for others.
    private func order(_ script: String) async throws {
        try await TestSupport.waitUntil(script) {
            do {
                try await connection.execute(script)
                return true
            } catch let error as PostgresError where error.isTransient {
                try? await connection.reconnect()
                return false
            }
        }
    }
}
