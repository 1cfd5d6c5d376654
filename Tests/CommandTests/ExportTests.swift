import FoundationEssentials
import Postgres
import TestSupport
import Testing

struct ExportTests {
    /// What CSV, JSON and COPY each treat in a way of their own.
    private static let keys = ["plain", "a,\"b\"", "two\nlines", "back\\slash\\n", "\\.", "", "tab\tbed", "ünï 人"]

    /// As many images as there are keys, each with a count.
    private func fill(_ bench: CommandBench, counts: Int = keys.count) async throws {
        _ = try await bench.run(
            ["enqueue", "set", "--urls", "-"], input: (1...counts).map { "http://host/\($0).jpg\n" }.joined())
        for (index, key) in Self.keys.enumerated() where index < counts {
            _ = try await bench.connection.query(
                "UPDATE headcount.images SET key = $1, taken_at = '1969-07-20T20:17:40.5Z' WHERE number = $2",
                [key, index + 1])
        }
        try await bench.connection.execute(
            """
            INSERT INTO headcount.workers (host, process, engine, engine_version, card, simulated, version)
            VALUES ('host', 1, 'openvino', '1', 'cpu', false, '0');
            INSERT INTO headcount.counts (run_id, image, count, tiles, width, height, picture_digest, picture_bytes,
                preprocessing, worker_id, fetch_ms, decode_ms, infer_ms)
            SELECT 1, n, n + 0.1, 1, 640, 480, '\\x00', 1000, 1, 1, 1, 2, 3 FROM generate_series(1, \(counts)) AS n;
            """)
    }

    private struct Line: Decodable {
        let key: String?
        let count: Double
        let taken_at: String?
        let simulated: Bool
    }

    @Test("JSON lines hold every value as it is")
    func jsonLines() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            try await fill(bench)
            let outcome = try await bench.run(["export", "set", "--format", "jsonl"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let lines = try outcome.output.split(separator: "\n").map {
                try JSONDecoder().decode(Line.self, from: Data($0.utf8))
            }
            #expect(lines.map(\.key) == Self.keys)
            #expect(lines.map(\.count) == Self.keys.indices.map { Double($0) + 1.1 })
            #expect(lines.allSatisfy { $0.taken_at == "1969-07-20T20:17:40.500000Z" && !$0.simulated })
        }
    }

    @Test("CSV goes back into the database as it came out")
    func csv() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            try await fill(bench)
            let folder = try TemporaryFolder()
            let file = folder.path + "/set.csv"
            let outcome = try await bench.run(["export", "set", "-o", file])
            #expect(outcome.status == 0 && outcome.output == "", "\(outcome.errors)")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(names == ["set.csv"])
            let read = try await bench.run(["export", "set"])
            #expect(try Data(contentsOf: URL(filePath: file)) == Data(read.output.utf8))
            try await bench.connection.execute("CREATE TEMPORARY TABLE back AS SELECT * FROM headcount.results LIMIT 0")
            let text = read.output
            let psql = try await RunningProgram.run(
                [bench.database, "-qAtX", "-c", "CREATE TABLE public.back AS SELECT * FROM headcount.results LIMIT 0"]
                    + ["-c", "\\copy public.back FROM pstdin WITH (FORMAT csv, HEADER)"]
                    + ["-c", "SELECT count(*) FROM (TABLE public.back EXCEPT TABLE headcount.results) AS q"]
                    + ["-c", "SELECT count(*) FROM public.back"],
                executable: "/usr/bin/psql", input: text)
            #expect(psql.output == "0\n\(Self.keys.count)\n", "\(psql.errors)")
        }
    }

    @Test("a long export goes through in pieces, whole")
    func manyRows() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            try await fill(bench, counts: 3000)
            let outcome = try await bench.run(["export", "set", "--format", "jsonl"])
            #expect(outcome.output.split(separator: "\n").count == 3000)
            #expect(outcome.output.hasSuffix("}\n"))
        }
    }

    @Test(
        "Parquet holds the same, in the types of the columns",
        .enabled(if: DuckDBInstallation.isPresent, DuckDBInstallation.absence))
    func parquet() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            try await fill(bench)
            let folder = try TemporaryFolder()
            let file = folder.path + "/it's a set.parquet"
            let outcome = try await bench.run(["export", "set", "-o", file])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(names == ["it's a set.parquet"])
            let source = file.replacing("'", with: "''")
            let read = try await RunningProgram.run(
                [
                    "-batch", "-json", "-c",
                    "SELECT key, count, taken_at = '1969-07-20T20:17:40.5Z'::timestamptz AS simulated FROM '\(source)'",
                ],
                executable: DuckDBInstallation.program)
            let lines = try JSONDecoder().decode([Row].self, from: Data(read.output.utf8))
            #expect(lines.map(\.key) == Self.keys)
            #expect(lines.map(\.count) == Self.keys.indices.map { Double($0) + 1.1 })
            #expect(lines.allSatisfy { $0.simulated })
        }
    }

    private struct Row: Decodable {
        let key: String?
        let count: Double
        let simulated: Bool
    }

    @Test("what cannot be written is one line and its own status, and leaves nothing")
    func refusals() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            try await fill(bench, counts: 1)
            let folder = try TemporaryFolder()
            for (words, status) in [
                (["nowhere"], 65), (["set", "--run", "7"], 65), (["set", "--format", "parquet"], 64),
                (["set", "-o", "/nowhere/set.csv"], 73), (["nowhere", "-o", folder.path + "/set.csv"], 65),
            ] {
                let outcome = try await bench.run(["export"] + words)
                #expect(outcome.status == Int32(status), "\(words): \(outcome.errors)")
                #expect(outcome.errorLines.last?.hasPrefix("headcount: ") == true, "\(outcome.errors)")
            }
            let missing = try RunningProgram(
                ["export", "set", "-o", folder.path + "/set.parquet", "--database", bench.database],
                environment: ["HEADCOUNT_DUCKDB": "/nowhere/duckdb"])
            let outcome = try await missing.outcome()
            #expect(outcome.status == 69 && outcome.errors.contains("Deploy/duckdb"), "\(outcome.errors)")
            // A DuckDB that fails.
            let failing = try RunningProgram(
                ["export", "set", "-o", folder.path + "/set.parquet", "--database", bench.database],
                environment: ["HEADCOUNT_DUCKDB": "/bin/false"])
            #expect(try await failing.outcome().status == 73)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        }
    }

    @Test("what is no ordinary file is written to and stays what it is")
    func special() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            try await fill(bench, counts: 1)
            let folder = try TemporaryFolder()
            let file = try folder.write("", to: "file")
            for (name, target) in [("link", file), ("device", "/dev/null"), ("full", "/dev/full")] {
                let link = folder.path + "/" + name
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
                for words in [["export", "set"], ["report", "set", "--no-pictures"]] {
                    let outcome = try await bench.run(words + ["-o", link])
                    #expect(outcome.status == (name == "full" ? 73 : 0), "\(words), \(name): \(outcome.errors)")
                    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == target)
                }
            }
            #expect(try String(contentsOfFile: file, encoding: .utf8).hasPrefix("<!"))
        }
    }
}
