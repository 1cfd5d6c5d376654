import TestSupport
import Testing

@Suite struct DoctorTests {
    /// The finding and the words of each row, by what was looked at.
    private func rows(of outcome: RunningProgram.Outcome) -> [String: [String]] {
        var rows: [String: [String]] = [:]
        for line in outcome.output.split(separator: "\n") {
            // Two columns of a fixed width, and words.
            let what = line.prefix(15).split(separator: " ").joined(separator: " ")
            rows[what, default: []].append(String(line.dropFirst(15)))
        }
        return rows
    }

    @Test(
        "where all is well every dependency is told with what was found, and the status is 0",
        .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
    func healthy() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            let outcome = try await bench.run(["doctor"])
            #expect(outcome.status == 0, "\(outcome.output)")
            #expect(outcome.errors == "")
            let told = rows(of: outcome)
            for what in [
                "program", "migrations", "bundled model", "model store", "OpenVINO", "https", "decoders", "PostgreSQL",
                "database",
                "schema", "default model",
            ] {
                let row = try #require(told[what]?.first, "no row \(what) in: \(outcome.output)")
                #expect(row.hasPrefix("ok "), "\(what): \(row)")
            }
            #expect(told["https"]?.first?.contains("libcurl") == true)
            #expect(told["PostgreSQL"]?.first?.contains("headcount local") == true)
            #expect(told["default model"]?.first?.contains("tiny") == true)
            #expect(told["cards"] != nil && told["compiler"] != nil && told["psql"] != nil)
        }
    }

    @Test("what is amiss is told with how to mend it, the rest as well, and the status is 1")
    func amiss() async throws {
        let folder = try TemporaryFolder()
        try folder.write("not a folder", to: "cache")
        let outcome = try await RunningProgram.run(
            ["doctor", "--openvino-lib", folder.path, "--sophon-lib", folder.path, "--toolchain", folder.path],
            environment: [
                "XDG_CACHE_HOME": folder.path + "/cache", "HEADCOUNT_SHARE": folder.path, "PGHOST": "127.0.0.1",
                "PGPORT": "1",
            ])
        #expect(outcome.status == 1)
        #expect(outcome.errors == "")
        let told = rows(of: outcome)
        let expected = [
            ("migrations", "AMISS", "HEADCOUNT_SHARE"), ("bundled model", "AMISS", "HEADCOUNT_SHARE"),
            ("model store", "AMISS", "/cache"), ("OpenVINO", "AMISS", "Deploy/openvino"),
            ("compiler", "none", "Deploy/toolchain"), ("database", "AMISS", "127.0.0.1, port 1"),
            ("https", "ok", "libcurl"), ("program", "ok", "headcount"),
        ]
        for (what, finding, words) in expected {
            let row = try #require(told[what]?.first, "no row \(what) in: \(outcome.output)")
            #expect(row.hasPrefix(finding + " ") && row.contains(words), "\(what): \(row)")
        }
        #expect(told["cards"]?.contains { $0.hasPrefix("none ") && $0.contains(folder.path) } == true, "\(told)")
        #expect(told["schema"] == nil)
    }

    @Test("a database without the schema is told with the command that mends it")
    func emptyDatabase() async throws {
        try await TestDatabase.withFresh { url in
            let outcome = try await RunningProgram.run(["doctor", "--database", url])
            #expect(outcome.status == 1)
            let schema = try #require(rows(of: outcome)["schema"]?.first)
            #expect(schema.hasPrefix("AMISS ") && schema.contains("headcount migrate"))
        }
    }
}
