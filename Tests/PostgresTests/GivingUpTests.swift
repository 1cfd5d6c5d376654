import Concurrency
import Glibc
import Postgres
import TestSupport
import Testing

/// Calls whose server says nothing.
@Suite struct GivingUpTests {
    /// Runs `body` while the server's process of a connection stands still, as behind a cable that was pulled.
    private func whileSilent(_ body: (PostgresConnection) async throws -> Void) async throws {
        try await TestDatabase.withConnection { connection in
            let row = try await connection.query("SELECT pg_backend_pid() AS process").first
            let process = try Int32(#require(row).decode(Int.self, "process"))
            #expect(kill(process, SIGSTOP) == 0)
            defer { kill(process, SIGCONT) }
            try await body(connection)
        }
    }

    @Test("a call that is under way when the time is over ends as a lost connection", .timeLimit(.minutes(5)))
    func underWay() async throws {
        try await whileSilent { connection in
            let call = Task { try await connection.query("SELECT 1") }
            connection.giveUp(at: .now + .milliseconds(300))
            let error = await #expect(throws: PostgresError.self) { try await call.value }
            #expect(error?.isConnectionLost == true)
            // What comes after does not wait either, and the connection can be made anew when there is time again.
            await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
            connection.giveUp(at: nil)
            try await connection.reconnect()
            #expect(try await connection.query("SELECT 1").count == 1)
        }
    }

    @Test("a call that was cancelled, and whose server does not hear of it, ends too", .timeLimit(.minutes(5)))
    func cancelled() async throws {
        try await whileSilent { connection in
            let call = Task { try await connection.query("SELECT 1") }
            call.cancel()
            connection.giveUp(at: .now)
            await #expect(throws: PostgresError.self) { try await call.value }
        }
    }
}
