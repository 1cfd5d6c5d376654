import Postgres
import Testing

@Suite struct DatabaseLocationTests {
    private func resolve(_ option: String?, _ environment: [String: String]) throws(PostgresError) -> DatabaseLocation {
        try DatabaseLocation.resolve(option: option, environment: environment, workingDirectory: "/nonexistent")
    }

    @Test("The option wins over DATABASE_URL, and that over libpq's variables")
    func precedence() throws {
        let all = ["DATABASE_URL": "postgresql://b/c", "PGHOST": "d"]
        let option = try resolve("postgresql://a/b", all)
        #expect(option.source == .option)
        #expect(option.connectionString == "postgresql://a/b")
        let url = try resolve(nil, all)
        #expect(url.source == .databaseURL)
        #expect(url.connectionString == "postgresql://b/c")
        let variables = try resolve("", ["DATABASE_URL": "", "PGHOST": "d", "PGPORT": "5"])
        #expect(variables.source == .libpqVariables(["PGHOST", "PGPORT"]))
        #expect(variables.connectionString == "")
    }

    @Test(
        "Each variable that names a place counts",
        arguments: ["PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGPORT", "PGUSER"])
    func variable(_ name: String) throws {
        #expect(try resolve(nil, [name: "x"]).source == .libpqVariables([name]))
    }

    @Test("A location can be printed, for it keeps its password to itself")
    func printing() throws {
        let location = try resolve("postgresql://ann:secret@h/d", [:])
        var dumped = ""
        dump(location, to: &dumped)
        #expect(!"\(location) \(String(reflecting: location)) \(dumped)".contains("secret"))
    }

    @Test("Without a name it is the local cluster, and the error says how to start one")
    func local() throws {
        let error = #expect(throws: PostgresError.self) { try resolve(nil, ["PGPASSWORD": "x", "HOME": "/"]) }
        #expect(error == .localAbsent(folder: "/nonexistent/.headcount/postgres"))
        #expect(error?.description.contains("headcount local start") == true)
    }
}
