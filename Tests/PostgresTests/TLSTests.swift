import Glibc
import Postgres
import TestSupport
import Testing

@Suite struct TLSTests {
    private static let needed = ["/usr/bin/python3", "/usr/bin/openssl"]

    @Test(
        "What the TLS library holds while the socket is silent is read",
        .enabled(if: needed.allSatisfy { access($0, X_OK) == 0 }, "python3 or openssl is absent"),
        .timeLimit(.minutes(5)))
    func largeRecords() async throws {
        try await TestDatabase.withFresh { url in
            let place = PostgresConfiguration(connectionString: url, applicationName: "tests")
            let proxy = try RunningProgram(
                [Checkout.root + "/Tests/TLSRecords/serve", "\(place.host)/.s.PGSQL.\(place.port)"],
                executable: "/usr/bin/python3")
            let port = try await proxy.said(/port ([0-9]+)\n/, on: .output)
            let db = try await PostgresConnection.connect(
                PostgresConfiguration(
                    connectionString:
                        "host=127.0.0.1 port=\(port) user=\(place.user) dbname=\(place.database) sslmode=require",
                    applicationName: "tests"))
            // Somewhere among these lengths the last record is larger than what is left of libpq's buffer.
            for length in stride(from: 100, through: 400, by: 20) {
                let rows = try await db.query(
                    """
                    SELECT repeat('x', CASE n WHEN 147 THEN \(length) ELSE 100 END) AS text
                    FROM generate_series(1, 147) AS n
                    """)
                #expect(try rows.last?.decode(String.self, "text").utf8.count == length)
                #expect(rows.count == 147)
            }
            await db.close()
        }
    }
}
