import Postgres
import Testing

@Suite struct ConfigurationTests {
    private func configuration(_ string: String) -> PostgresConfiguration {
        PostgresConfiguration(connectionString: string, applicationName: "tests")
    }

    @Test(
        "Host, port, user and database are what libpq takes them for",
        arguments: [
            (
                "postgresql://ann:secret@db.example:6432/archive?sslmode=require",
                ["db.example", "6432", "ann", "archive"]
            ),
            ("host=h port=1 user=u dbname='a b' password=secret", ["h", "1", "u", "a b"]),
            ("postgresql://u@/d?host=%2Fvar%2Frun", ["/var/run", "5432", "u", "d"]),
            ("hostaddr=192.0.2.1 user=u", ["192.0.2.1", "5432", "u", "u"]),
        ])
    func parts(_ string: String, _ expected: [String]) {
        let configuration = configuration(string)
        #expect([configuration.host, configuration.port, configuration.user, configuration.database] == expected)
    }

    @Test("A configuration can be printed, for it keeps its password to itself")
    func printing() {
        let configuration = configuration("postgresql://ann:secret@h/d")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!"\(configuration) \(String(reflecting: configuration)) \(dumped)".contains("secret"))
        #expect(configuration.description == "database d at host h, port 5432 as user ann")
    }

    @Test(
        "What other programs are given holds no password, and leads to the same place",
        arguments: [
            "postgresql://ann:sec%27ret@h:1/d?sslpassword=key&sslmode=disable",
            #"host=h port=1 user=ann dbname=d password='sec\'ret' sslmode=disable"#,
        ])
    func passwordApart(_ string: String) {
        let openly = configuration(string).openly
        #expect(openly.password == "sec'ret")
        let other = configuration(openly.connectionString)
        #expect([other.host, other.port, other.user, other.database] == ["h", "1", "ann", "d"])
        #expect(other.openly.password == nil && openly.connectionString.contains("sslmode='disable'"))
        #expect(!openly.connectionString.contains("key"))
    }

    @Test("Without a password the same is given", arguments: ["", "archive"])
    func withoutPassword(_ string: String) {
        let openly = configuration(string).openly
        #expect(openly.connectionString == string && openly.password == nil)
    }

    @Test(
        "Another database of the same cluster can be named",
        arguments: [
            "postgresql://u@h:1/d", "postgresql://u@h:1/d?sslmode=disable", "host=h port=1 user=u dbname=d",
            "host=h port=1 user=u",
        ])
    func renaming(_ string: String) {
        let other = configuration(string).naming(database: "o'th\\er & new")
        #expect([other.host, other.port, other.user, other.database] == ["h", "1", "u", "o'th\\er & new"])
    }

    @Test("A bare name is a database")
    func bareName() {
        #expect(configuration("archive").database == "archive")
        #expect(configuration("archive").naming(database: "other").database == "other")
    }

    @Test(
        "pgbouncer=true is a word of ours among libpq's parameters",
        arguments: [
            ("postgresql://u@h/d?pgbouncer=true", true, "postgresql://u@h/d"),
            (
                "postgres://u@h/d?sslmode=disable&pgbouncer=true&options=x", true,
                "postgres://u@h/d?sslmode=disable&options=x"
            ),
            ("postgresql://u@h/d?pgbouncer=false", false, "postgresql://u@h/d"),
            ("postgresql://u@h/d", false, "postgresql://u@h/d"),
            ("host=h  pgbouncer=true dbname='a b'", true, "host=h dbname='a b'"),
            ("password='x\\' pgbouncer=true' host=h", false, "password='x\\' pgbouncer=true' host=h"),
            ("host=h\tpgbouncer=true\ndbname='a b'", true, "host=h dbname='a b'"),
            ("host=h pgbouncer='true'", true, "host=h"),
            ("archive", false, "archive"),
        ])
    func pooled(_ string: String, _ isPooled: Bool, _ rest: String) {
        let configuration = configuration(string)
        #expect(configuration.isPooled == isPooled)
        #expect(configuration.connectionString == rest)
        #expect((configuration.statementCacheSize == 0) == isPooled)
        #expect(configuration.naming(database: "other").isPooled == isPooled)
    }

    @Test(
        "Any other word than true and false is refused",
        arguments: ["postgresql://u@h/d?pgbouncer=1", "host=h pgbouncer=TRUE", "host=h pgbouncer=yes dbname=d"])
    func neitherTrueNorFalse(_ string: String) async {
        await #expect(throws: PostgresError.invalidConnectionString(reason: "pgbouncer is true or false")) {
            try await PostgresConnection.connect(configuration(string))
        }
    }
}
