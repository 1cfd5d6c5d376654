import Postgres
import TestSupport
import Testing

@Suite struct ListenerTests {
    private func withListener(
        on channels: String,
        _ body: (PostgresConnection, inout AsyncStream<PostgresNotification>.Iterator) async throws -> Void
    ) async throws {
        try await TestDatabase.withFresh { url in
            let configuration = PostgresConfiguration(connectionString: url, applicationName: "listener")
            let db = try await PostgresConnection.connect(
                PostgresConfiguration(connectionString: url, applicationName: "notifier"))
            var events = PostgresListener(configuration).notifications(on: channels).makeAsyncIterator()
            let first = await events.next(isolation: #isolation)
            #expect(first == .listening)
            try await body(db, &events)
        }
    }

    @Test("What is notified arrives, on the channel that was asked for alone")
    func arrival() async throws {
        try await withListener(on: "Shards \"x\"") { db, events in
            try await db.execute("SELECT pg_notify('other', 'no')")
            _ = try await db.query("SELECT pg_notify($1, $2)", ["Shards \"x\"", "run 7"])
            let event = await events.next(isolation: #isolation)
            #expect(event == .received(channel: "Shards \"x\"", payload: "run 7"))
        }
    }

    @Test("A lost connection is told, made again, and told again, for something may have been missed")
    func reconnecting() async throws {
        try await withListener(on: "c") { db, events in
            try await db.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    + "WHERE application_name = 'listener' AND datname = current_database()")
            let lost = await events.next(isolation: #isolation)
            guard case .interrupted(let error) = lost else {
                Issue.record("not an interruption: \(String(describing: lost))")
                return
            }
            #expect(error.isConnectionLost)
            let again = await events.next(isolation: #isolation)
            #expect(again == .listening)
            try await db.execute("NOTIFY c, 'later'")
            let event = await events.next(isolation: #isolation)
            #expect(event == .received(channel: "c", payload: "later"))
        }
    }

    @Test("Cancelling the reader ends the events and closes the connection")
    func cancellation() async throws {
        try await TestDatabase.withFresh { url in
            let configuration = PostgresConfiguration(connectionString: url, applicationName: "listener")
            let events = PostgresListener(configuration).notifications(on: "c")
            let (isListening, listening) = AsyncStream<Void>.makeStream()
            let reader = Task {
                for await event in events where event == .listening { listening.yield() }
            }
            for await _ in isListening { break }
            reader.cancel()
            await reader.value
            let db = try await PostgresConnection.connect(
                PostgresConfiguration(connectionString: url, applicationName: "tests"))
            let sql =
                "SELECT FROM pg_stat_activity "
                + "WHERE application_name = 'listener' AND datname = current_database()"
            while try await !db.query(sql).isEmpty { await Task.yield() }
        }
    }

    @Test("A reader that is slow misses nothing without being told")
    func slowReader() async throws {
        try await withListener(on: "c") { db, events in
            try await db.execute("SELECT pg_notify('c', g::text) FROM generate_series(1, 5000) g")
            var received: [String] = []
            var isTold = false
            while received.last != "5000", let event = await events.next(isolation: #isolation) {
                switch event {
                case .listening: isTold = true
                case .interrupted(let error): Issue.record(error)
                case .received(_, let payload): received.append(payload)
                }
            }
            if received.count < 5000 && !isTold {
                // Only the last one can have pushed others out, and is followed by the word of it.
                let next = await events.next(isolation: #isolation)
                #expect(next == .listening)
            }
        }
    }

    @Test("A database that is away is told as often as it was tried")
    func unreachable() async throws {
        let listener = PostgresListener(
            PostgresConfiguration(connectionString: "host=127.0.0.1 port=1", applicationName: "listener"))
        var events = listener.notifications(on: "c").makeAsyncIterator()
        for _ in 0..<2 {
            let event = await events.next(isolation: #isolation)
            #expect(
                event
                    == .interrupted(.unreachable(host: "127.0.0.1", port: "1", reason: "Connection refused")))
        }
    }
}
