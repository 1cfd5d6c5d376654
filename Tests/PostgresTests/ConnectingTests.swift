import Glibc
import Postgres
import TestSupport
import Testing

@Suite struct ConnectingTests {
    private func connect(_ url: String, timeout: Duration = .seconds(10)) async throws(PostgresError) {
        _ = try await PostgresConnection.connect(
            PostgresConfiguration(connectionString: url, applicationName: "tests"), connectTimeout: timeout)
    }

    /// A port where connections are accepted and nothing is ever said.
    private func withSilentPort(_ body: (_ port: UInt16) async throws -> Void) async throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, length)
                _ = getsockname(listener, $0, &length)
            }
        }
        try #require(listen(listener, 8) == 0)
        try await body(UInt16(bigEndian: address.sin_port))
    }

    @Test("A database that is away is named by host and port, and the password is not told")
    func refused() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await connect("postgresql://ann:secret@127.0.0.1:1/archive")
        }
        #expect(error == .unreachable(host: "127.0.0.1", port: "1", reason: "Connection refused"))
        #expect(error?.isConnectionLost == true)
        #expect(error?.description == "no database at host 127.0.0.1, port 1: Connection refused")
    }

    @Test("A socket that is not there is named by its folder")
    func missingSocket() async throws {
        let error = await #expect(throws: PostgresError.self) {
            try await connect("host=/nonexistent port=77 dbname=d")
        }
        #expect(error == .unreachable(host: "/nonexistent", port: "77", reason: "No such file or directory"))
    }

    @Test("A server that accepts and says nothing is given up after the time limit")
    func silence() async throws {
        try await withSilentPort { port in
            let error = await #expect(throws: PostgresError.self) {
                try await connect("host=127.0.0.1 port=\(port) user=u", timeout: .milliseconds(200))
            }
            #expect(error == .unreachable(host: "127.0.0.1", port: "\(port)", reason: "no answer within 0.2 seconds"))
        }
    }

    @Test("Connecting can be cancelled")
    func cancelled() async throws {
        try await withSilentPort { port in
            let connecting = Task {
                try await connect("host=127.0.0.1 port=\(port) user=u", timeout: .seconds(600))
            }
            connecting.cancel()
            await #expect(throws: PostgresError.cancelled) { try await connecting.value }
        }
    }

    @Test("A user that the server does not know is an authentication failure that names the user")
    func unknownUser() async throws {
        let url = try await TestDatabase.cluster().url()
        let error = await #expect(throws: PostgresError.self) { try await connect(url + "&user=nobody_known") }
        guard case .authenticationFailed(let user, _, _, let reason) = error else {
            Issue.record("not an authentication failure: \(String(describing: error))")
            return
        }
        #expect(user == "nobody_known")
        #expect(reason == "role \"nobody_known\" does not exist")
    }

    @Test("A database that does not exist is the server's error")
    func unknownDatabase() async throws {
        let url = try await TestDatabase.cluster().url()
        let error = await #expect(throws: PostgresError.self) { try await connect(url + "&dbname=missing") }
        #expect(error?.sqlState == "3D000")
        #expect(error?.description.contains(#""missing" does not exist (at host "#) == true)
    }

    @Test(
        "A malformed connection string is refused without what it holds",
        arguments: ["postgresql://ann:secret@[::1/archive", "password=secret =", "password='secret", "secret=1"])
    func malformed(_ string: String) async throws {
        let error = await #expect(throws: PostgresError.self) { try await connect(string) }
        guard case .invalidConnectionString = error else {
            Issue.record("another error: \(String(describing: error))")
            return
        }
        #expect(error?.description.contains("secret") == false)
        #expect(error?.isConnectionLost == false)
    }

    @Test("The server sees the application's name, and speaks UTF-8")
    func session() async throws {
        try await TestDatabase.withFresh { url in
            let db = try await PostgresConnection.connect(
                PostgresConfiguration(connectionString: url, applicationName: "headcount 'work'"))
            let row = try #require(
                try await db.query(
                    "SELECT current_setting('application_name') AS name, current_setting('client_encoding') AS encoding"
                ).first)
            #expect(try row.decode(String.self, "name") == "headcount 'work'")
            #expect(try row.decode(String.self, "encoding") == "UTF8")
        }
    }

    @Test("A backend that is terminated is a lost connection, idle or at work")
    func terminated() async throws {
        try await TestDatabase.withFresh { url in
            let configuration = PostgresConfiguration(connectionString: url, applicationName: "tests")
            let other = try await PostgresConnection.connect(configuration)

            let idle = try await PostgresConnection.connect(configuration)
            let process = try await idle.query("SELECT pg_backend_pid() AS id").first?.decode(Int.self, "id")
            _ = try await other.query("SELECT pg_terminate_backend($1, 10000)", [process])
            let whileIdle = await #expect(throws: PostgresError.self) { try await idle.query("SELECT 1") }
            #expect(whileIdle?.isConnectionLost == true)
            let isLost = await idle.isLost
            #expect(isLost)

            let busy = try await PostgresConnection.connect(configuration)
            let whileBusy = await #expect(throws: PostgresError.self) {
                try await busy.transaction { db in
                    try db.query("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            #expect(whileBusy?.isConnectionLost == true)
            #expect(
                whileBusy?.description == "the connection to the database at host \(configuration.host), "
                    + "port \(configuration.port) was lost: terminating connection due to administrator command")
        }
    }

    @Test("Notices go to the handler")
    func notices() async throws {
        try await TestDatabase.withFresh { url in
            try await confirmation { confirm in
                let db = try await PostgresConnection.connect(
                    PostgresConfiguration(connectionString: url, applicationName: "tests")
                ) { notice in
                    #expect(notice.message == "hello")
                    #expect(notice.severity == "WARNING")
                    confirm()
                }
                try await db.execute("DO $$ BEGIN RAISE WARNING 'hello'; END $$")
            }
        }
    }
}
