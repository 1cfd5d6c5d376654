import Density
import Foundation
import Imaging
import Postgres
import TestSupport
import Testing

/// `headcount model build --set` up to the point where the compiler is needed, which these tests do without.
@Suite struct BuildFromSetTests {
    private static func build(_ bench: CommandBench, _ words: [String], _ folder: TemporaryFolder) throws
        -> RunningProgram
    {
        try RunningProgram(
            [
                "model", "build", bench.model, "--set", "set", "--out", folder.path + "/built",
                "--toolchain", folder.path + "/nowhere", "--database", bench.database,
            ] + words, environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
    }

    @Test("the pictures of a set are fetched, with their true counts, before the compiler is asked for")
    func fetched() async throws {
        try await CommandBench.with(pictures: 8) { bench in
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...9))
            try await bench.connection.execute(
                "INSERT INTO headcount.truth SELECT id, 3, 30, 'us' FROM headcount.sets WHERE name = 'set'")
            let folder = try TemporaryFolder()
            let open = ["--allow-network", "127.0.0.0/8"]
            let outcome = try await Self.build(bench, open, folder).outcome()
            #expect(outcome.status == 69, "\(outcome.errors)")
            #expect(outcome.errors.contains("/9.png left out: "), "\(outcome.errors)")
            #expect(outcome.errors.contains("8 pictures of set, 1 with a true count."), "\(outcome.errors)")
            #expect(outcome.errorLines.last?.contains("the compiler for BM1684") == true, "\(outcome.errors)")
            let kept = folder.path + "/cache/headcount/builds/files"
            let files = try FileManager.default.contentsOfDirectory(atPath: kept)
            #expect(files.count == 8)
            for file in files {
                let content = try Data(contentsOf: URL(filePath: kept + "/" + file))
                #expect(try await PictureDecoder().header(of: Array(content)).size == PixelSize(width: 96, height: 64))
            }

            // One to compare on, one to report on and one candidate are drawn of the eight.
            let few = ["--compare-on", "1", "--report-on", "1", "--candidates", "1"]
            let truth = try folder.write("image,count\n5.png,50\n2.png,20\n", to: "truth.csv")
            let told = try await Self.build(bench, open + few + ["--truth", truth], folder).outcome()
            #expect(told.errors.contains("3 pictures of set, 2 with a true count."), "\(told.errors)")
        }
    }

    @Test("what is wrong with the set or its options is one clear line")
    func refusals() async throws {
        try await CommandBench.with(pictures: 3) { bench in
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...3))
            let folder = try TemporaryFolder()
            let stranger = try folder.write("image,count\nx.png,50\n", to: "truth.csv")
            let cases: [(words: [String], status: Int32, contains: String)] = [
                (["--set", "nowhere"], 65, "no image set “nowhere”"),
                (["--set", "set", "--images", "."], 64, "exclude each other"),
                (["--images", ".", "--allow-network", "127.0.0.0/8"], 64, "--allow-network goes with --set"),
                (["--images", ".", "--tolerate-truncation"], 64, "--tolerate-truncation goes with --set"),
                (["--set", "set", "--seed", "-1"], 64, "--seed"),
                (["--set", "set", "--rate", "0"], 64, "--rate"),
                (["--set", "set", "--truth", stranger], 65, "names a picture that is not in the set set: x.png"),
                ([], 64, "--images DIR or --set SET is missing"),
            ]
            for (words, status, contains) in cases {
                let images = words.contains("--images")
                let outcome = try await RunningProgram.run(
                    ["model", "build", bench.model, "--out", folder.path + "/built"] + words
                        + (images ? [] : ["--database", bench.database]),
                    environment: ["XDG_CACHE_HOME": folder.path + "/cache"])
                #expect(outcome.status == status, "\(words): \(outcome.errors)")
                #expect(
                    outcome.errorLines.count == 1 && outcome.errors.contains(contains), "\(words): \(outcome.errors)")
            }
            // No network is allowed: every picture has its reason, and the end says what that comes to.
            let closed = try await Self.build(bench, [], folder).outcome()
            #expect(closed.status == 65, "\(closed.errors)")
            #expect(closed.errors.contains("no allowed network contains it"), "\(closed.errors)")
            #expect(closed.errorLines.last?.contains("0 pictures are too few") == true, "\(closed.errors)")
        }
    }

    @Test("a build that is interrupted while it fetches ends at once, with one line", arguments: [SIGINT, SIGTERM])
    func interrupted(signal: Int32) async throws {
        try await CommandBench.with(pictures: 1) { bench in
            let server = try MisbehavingServer(.neverAnswers)
            defer { server.stop() }
            _ = try await bench.run(
                ["enqueue", "set", "--urls", "-"],
                input: (1...4).map { "http://127.0.0.1:\(server.port)/\($0).png\n" }.joined())
            let folder = try TemporaryFolder()
            let build = try Self.build(bench, ["--allow-network", "127.0.0.0/8"], folder)
            try await waitUntil("a fetch") { !build.isRunning || server.accepted > 0 }
            build.signal(signal)
            let outcome = try await build.outcome()
            #expect(outcome.status == 128 + signal, "\(outcome.errors)")
            #expect(
                outcome.errors == "headcount: stopped by \(signal == SIGINT ? "SIGINT" : "SIGTERM")\n",
                "\(outcome.errors)")
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/built"))
        }
    }
}
