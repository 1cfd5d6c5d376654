import Postgres
import TestSupport
import Testing

/// Every type goes to the server and comes back: prepared in binary form, unprepared as text, and through COPY.
@Suite struct RoundTripTests {
    /// A value, the SQL type of its column, and how to check what came back; the type of the value is erased.
    struct Sample: Sendable, CustomTestStringConvertible {
        let sqlType: String
        let value: any PostgresEncodable
        let isSame: @Sendable (PostgresRow) throws -> Bool
        var testDescription: String { "\(sqlType) \(value.isNull ? "NULL" : String(value.textForm.prefix(40)))" }

        init<Value: PostgresEncodable & PostgresDecodable & Equatable>(_ sqlType: String, _ value: Value) {
            self.sqlType = sqlType
            self.value = value
            isSame = { row in try row.decode(Value.self, at: 0) == value }
        }
    }

    enum Mood: String, PostgresEncodable, PostgresDecodable { case calm, busy = "very busy" }

    static let samples: [Sample] = [
        Sample("boolean", true), Sample("boolean", false), Sample("boolean", Bool?.none),
        Sample("smallint", Int16.min), Sample("smallint", 12), Sample("integer", Int32.max), Sample("integer", -1),
        Sample("bigint", Int.min), Sample("bigint", Int64.max), Sample("bigint", Int?.none),
        Sample("oid", 4_000_000_000),
        Sample("real", Float(0.1)), Sample("real", Float.infinity), Sample("real", Float?.none),
        Sample("double precision", 0.1), Sample("double precision", -Double.infinity),
        Sample("double precision", Double.leastNonzeroMagnitude), Sample("double precision", 3.0),
        Sample("text", ""), Sample("text", "Zürich 🎪 \"quoted\" \\ 'x'\n"), Sample("text", String?.none),
        Sample("varchar(10)", "ten"), Sample("char(3)", "abc"), Sample("name", "n"),
        Sample("json", "{\"a\": [1, 2]}"), Sample("jsonb", "{\"a\": [1, 2]}"), Sample("jsonb", String?.none),
        Sample("uuid", "0c16a1a4-93f0-4b5e-8a53-8e0f21b7c0de"), Sample("mood", Mood.busy), Sample("mood", Mood?.none),
        Sample("mood", "calm"),
        Sample("bytea", [UInt8]()), Sample("bytea", [0, 1, 255, 92] as [UInt8]), Sample("bytea", [UInt8]?.none),
        Sample("timestamptz", PostgresTimestamp(secondsSince1970: 0)),
        Sample("timestamptz", PostgresTimestamp(microsecondsSince2000: -1)),
        Sample("timestamptz", PostgresTimestamp.infinity), Sample("timestamptz", PostgresTimestamp?.none),
        Sample("timestamp", PostgresTimestamp(microsecondsSince2000: 8_640_000_000_123)),
        Sample("bigint[]", [Int]()), Sample("bigint[]", [1, -2, .max]), Sample("integer[]", [3, 4]),
        Sample("smallint[]", [Int16(5)]), Sample("bigint[]", [1, nil] as [Int?]), Sample("boolean[]", [true, false]),
        Sample("text[]", ["", "NULL", "a,b", "{c}", "d\"e\\f", "g h"]), Sample("text[]", ["x", nil] as [String?]),
        Sample("text[]", [String]?.none), Sample("double precision[]", [0.1, -.infinity]),
        Sample("real[]", [Float(0.1)]),
        Sample("bytea[]", [[], [1, 0, 2]] as [[UInt8]]), Sample("uuid[]", ["0c16a1a4-93f0-4b5e-8a53-8e0f21b7c0de"]),
        Sample("timestamptz[]", [PostgresTimestamp(microsecondsSince2000: 77)]),
    ]

    @Test("Every type, and NULL, comes back as it was sent")
    func roundTrips() async throws {
        try await TestDatabase.withFresh { url in
            for cacheSize in [256, 0] {
                let db = try await PostgresConnection.connect(
                    PostgresConfiguration(
                        connectionString: url, applicationName: "tests", statementCacheSize: cacheSize))
                try await db.execute("DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('calm', 'very busy')")
                for sample in Self.samples {
                    let rows = try await db.query("SELECT $1::\(sample.sqlType) AS value", [sample.value])
                    #expect(
                        try sample.isSame(try #require(rows.first)), "\(sample.testDescription), cache \(cacheSize)")
                }
            }
        }
    }

    @Test(
        "A numeric reads as the server writes it",
        arguments: [
            "0", "1", "-1", "10000", "123456789.000100", "-0.5", "0.00001234", "99999999999999999999.9", "1e20", "NaN",
            "Infinity", "-Infinity", "0.10",
        ])
    func numeric(_ text: String) async throws {
        try await TestDatabase.withConnection { db in
            let row = try #require(try await db.query("SELECT $1::numeric AS n, $1::numeric::text AS t", [text]).first)
            let written: String = try row["t"]
            #expect(try row.decode(String.self, "n") == written)
        }
    }

    @Test("The sum of bigints, which is a numeric, reads as an Int")
    func sums() async throws {
        try await TestDatabase.withConnection { db in
            let rows = try await db.query("SELECT sum(x) AS total FROM generate_series(1, 100000::bigint) x")
            #expect(try #require(rows.first).decode(Int.self, "total") == 5_000_050_000)
        }
    }

    @Test("A timestamp is the moment that the server means")
    func timestamps() async throws {
        try await TestDatabase.withConnection { db in
            for text in ["2024-02-29 23:59:59.000001+00", "1999-12-31 00:00:00+00", "1970-01-01 00:00:00+00"] {
                let rows = try await db.query(
                    """
                    SELECT $1::timestamptz AS t, extract(epoch FROM $1::timestamptz)::float8 AS s,
                        to_char($1::timestamptz AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS iso
                    """, [text])
                let row = try #require(rows.first)
                let time: PostgresTimestamp = try row["t"]
                let seconds: Double = try row["s"]
                let written: String = try row["iso"]
                #expect(time.secondsSince1970 == seconds)
                #expect(time.description == written)
                #expect(PostgresTimestamp(secondsSince1970: seconds) == time)
            }
        }
    }

    @Test("Ten thousand pairs go to unnest and come back")
    func longArrays() async throws {
        try await TestDatabase.withConnection { db in
            let numbers = Array(0..<10_000)
            let urls = numbers.map { "https://example.org/\($0).jpg" }
            let rows = try await db.query(
                "SELECT n, u FROM unnest($1::bigint[], $2::text[]) AS t(n, u)", [numbers, urls])
            #expect(try rows.map { try $0.decode(Int.self, "n") } == numbers)
            #expect(try rows.map { try $0.decode(String.self, "u") } == urls)
        }
    }
}
