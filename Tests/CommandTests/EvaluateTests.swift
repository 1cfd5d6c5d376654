import Density
import Foundation
import Imaging
import Postgres
import TestSupport
import Testing

@Suite struct EvaluateTests {
    private struct Report: Decodable {
        let images: Int
        let mae: Double
        let rmse: Double
        let bias: Double
        let nae: Double?
        let seconds_per_image: Double
        let score: Double?
        let plan: String
        let engine: String
    }

    private static func report(_ outcome: RunningProgram.Outcome) throws -> Report {
        try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    }

    @Test(
        "a run and its folder have the same figures, and truth can stay in SQL",
        .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
    func bothWays() async throws {
        try await CommandBench.with(pictures: 6) { bench in
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...6))
            let worked = try await bench.run(["work", "--drain", "--allow-network", "127.0.0.0/8"])
            #expect(worked.status == 0, "\(worked.errors)")
            let folder = try TemporaryFolder()
            // Of the six pictures five have a true count.
            let truth = try folder.write(
                "image,count\n" + (1...5).map { "\($0).png,\($0 * 10)\n" }.joined(), to: "truth.csv")

            let ofRun = try await bench.run(["evaluate", "set", "--truth", truth, "--keep-truth", "--json"])
            #expect(ofRun.status == 0, "\(ofRun.errors)")
            let model = folder.path + "/model"
            try FileManager.default.createDirectory(atPath: model, withIntermediateDirectories: false)
            try FileManager.default.copyItem(atPath: bench.model, toPath: model + "/tiny.json")
            try FileManager.default.copyItem(
                atPath: Checkout.root + "/Tests/Networks/rgb.onnx", toPath: model + "/rgb.onnx")
            let saved = folder.path + "/saved.json"
            let ofFolder = try await RunningProgram.run(
                [
                    "evaluate", "--images", bench.pictures.path, "--truth", truth, "--model", model + "/tiny.json",
                    "--openvino-lib", Checkout.root + "/.runtime/openvino", "--json", "--save", saved,
                ])
            #expect(ofFolder.status == 0, "\(ofFolder.errors)")
            #expect(ofFolder.errors.contains("1 file without a true count"))
            let (first, second) = (try Self.report(ofRun), try Self.report(ofFolder))
            #expect(first.images == 5)
            #expect(first.engine == "openvino" && first.plan == "native")
            #expect(first.mae == second.mae && first.rmse == second.rmse && first.bias == second.bias)
            #expect(first.nae == second.nae && second.seconds_per_image > 0)

            #expect(try await bench.number("SELECT count(*) FROM headcount.errors") == 5)
            let again = try await bench.run(["evaluate", "set", "--json"])
            #expect(try Self.report(again).mae == first.mae)
            let sql = try await bench.connection.query("SELECT avg(abs(error)) AS mae FROM headcount.errors").first
            #expect(abs((try sql?.decode(Double.self, "mae") ?? 0) - first.mae) < 1e-9)

            let other = try await bench.run(["recount", "set", "--plan", "grid:1x1"])
            #expect(other.status == 0, "\(other.errors)")
            _ = try await bench.run(["work", "--drain", "--allow-network", "127.0.0.0/8"])
            let plot = folder.path + "/front.svg"
            // Named by URL in SQL and by file in the folder: no picture in common without the file.
            let apart = try await bench.run(["compare", "run:1", saved])
            #expect(apart.status == 0 && apart.errorLines.count == 1, "\(apart.errors)")
            #expect(apart.output.contains("have no picture in common"), "\(apart.output)")
            let compared = try await bench.run(["compare", "run:1", "run:2", saved, "--truth", truth, "--plot", plot])
            #expect(compared.status == 0, "\(compared.errors)")
            #expect(compared.output.contains("grid:1x1") && compared.output.contains("5 pictures of both"))
            #expect(try String(contentsOfFile: plot, encoding: .utf8).hasPrefix("<svg"))

            // What is taken over took as long as it took when it was computed.
            let recounted = try await bench.run(["recount", "set", "--plan", "native"])
            #expect(recounted.status == 0, "\(recounted.errors)")
            _ = try await bench.run(["work", "--drain", "--allow-network", "127.0.0.0/8"])
            #expect(try await bench.number("SELECT count(*) FROM headcount.counts WHERE source_run = 1") == 6)
            let takenOver = try Self.report(try await bench.run(["evaluate", "set", "--run", "3", "--json"]))
            #expect(takenOver.seconds_per_image == first.seconds_per_image && first.seconds_per_image > 0)
            _ = try await bench.connection.query("DELETE FROM headcount.counts WHERE run_id = 1 AND image <> 1")
            let untimed = try await bench.run(["evaluate", "set", "--run", "3", "--json"])
            #expect(untimed.errors.contains("the seconds of 4 pictures of run 3 are not known"), "\(untimed.errors)")
            #expect(try Self.report(untimed).seconds_per_image > 0)
        }
    }

    @Test(
        "a plan by areas has figures of its own, the same for a run and for its folder, and its results say so",
        .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
    func byAreas() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            var noise = Noise(seed: 5)
            for number in 1...3 {
                // Three times as large as a tile and more, so that bilinear skips pixels.
                let picture = noise.picture(PixelSize(width: 150 + 10 * number, height: 100))
                try bench.pictures.write(PictureEncoder.png(picture), to: "\(number).png")
            }
            let truth = try bench.pictures.write("image,count\n1.png,5\n2.png,5\n3.png,5\n", to: "truth.csv")
            var errors: [String: Double] = [:]
            for plan in ["grid:1x1", "grid:1x1,area"] {
                let enqueued = try await bench.run(
                    ["enqueue", "set", "--urls", "-", "--plan", plan], input: bench.list(1...3))
                #expect(enqueued.status == 0, "\(enqueued.errors)")
                let worked = try await bench.run(["work", "--drain", "--allow-network", "127.0.0.0/8"])
                #expect(worked.status == 0, "\(worked.errors)")
                let ofRun = try Self.report(try await bench.run(["evaluate", "set", "--truth", truth, "--json"]))
                let ofFolder = try Self.report(
                    try await RunningProgram.run([
                        "evaluate", "--images", bench.pictures.path, "--truth", truth, "--model", bench.model,
                        "--plan", plan, "--openvino-lib", Checkout.root + "/.runtime/openvino", "--json",
                    ]))
                #expect(ofRun.plan == plan && ofFolder.plan == plan)
                #expect(ofRun.images == 3 && ofRun.mae == ofFolder.mae)
                errors[plan] = ofRun.mae
                let results = try await bench.run(["results", "set", "--format", "csv"])
                let column = plan.contains(",") ? "\"\(plan)\"" : plan
                #expect(results.output.split(separator: "\n").count { $0.contains(",tiny,\(column),") } == 3)
            }
            #expect(errors["grid:1x1"] != errors["grid:1x1,area"])
        }
    }

    @Test("what cannot be evaluated is one clear line")
    func refusals() async throws {
        let folder = try TemporaryFolder()
        let truth = try folder.write("image,count\nghost.jpg,3\n", to: "truth.csv")
        try folder.write("", to: "pictures/ghost.jpg")
        let pictures = folder.path + "/pictures"
        let empty = folder.path + "/empty"
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: false)
        let cases: [(words: [String], status: Int32, contains: String)] = [
            (["evaluate"], 64, "--images"),
            (["evaluate", "--images", empty], 64, "--truth"),
            (["evaluate", "set", "--images", empty, "--truth", truth], 64, "exclude"),
            (["evaluate", "set", "--engine", "openvino"], 64, "--images"),
            (["evaluate", "--images", empty, "--truth", truth, "--model", "nobody"], 64, "crowd"),
            (["evaluate", "--images", empty, "--truth", truth], 66, "holds no picture"),
            (["evaluate", "--images", folder.path, "--truth", truth], 65, "ghost.jpg"),
            (["evaluate", "--images", folder.path + "/nowhere", "--truth", truth], 66, "nowhere"),
            (["evaluate", "--images", empty, "--truth", folder.path + "/none.csv"], 66, "none.csv"),
            // Before anything is counted.
            (
                ["evaluate", "--images", pictures, "--truth", truth, "--save", folder.path + "/none/saved.json"], 73,
                "saved.json"
            ),
            (
                ["evaluate", "--images", pictures, "--truth", truth, "--engine", "int8-reference"], 65,
                "--model crowd-int8 has"
            ),
            (["compare", truth, truth, "--plot", folder.path + "/none/plot.svg"], 73, "plot.svg"),
            (["compare", truth, truth], 65, "is no evaluation"),
            (["compare", truth], 64, "SECOND"),
        ]
        for (words, status, contains) in cases {
            let outcome = try await RunningProgram.run(words)
            #expect(outcome.status == status, "\(words): \(outcome.errors)")
            #expect(outcome.errorLines.count == 1 && outcome.errors.contains(contains), "\(words): \(outcome.errors)")
        }
    }

    @Test("results of other pictures are ranked with a warning, and only not compared picture by picture")
    func differentPictures() async throws {
        let folder = try TemporaryFolder()
        func save(_ name: String, _ images: [String]) throws -> String {
            let pictures = images.map { #"{"image": "\#($0)", "truth": 5, "count": 4, "seconds": 1}"# }
            return try folder.write(
                """
                {"subject": {"model": "\(name)", "digest": "d", "plan": "native", "engine": "e", "simulated": false},
                 "pictures": [\(pictures.joined(separator: ", "))]}
                """, to: name)
        }
        let (one, two, three) = (try save("1", ["a"]), try save("2", ["a", "b"]), try save("3", ["c"]))
        let overlapping = try await RunningProgram.run(["compare", one, two])
        #expect(overlapping.status == 0 && overlapping.errorLines.count == 1, "\(overlapping.errors)")
        #expect(overlapping.errors.contains("\(one) (1 picture)") && overlapping.errors.contains("\(two) (2 pictures)"))
        #expect(try await RunningProgram.run(["compare", one, one]).errors == "")
        let apart = try await RunningProgram.run(["compare", one, three])
        #expect(apart.status == 0 && apart.errorLines.count == 1, "\(apart.errors)")
        #expect(apart.output.contains("have no picture in common"), "\(apart.output)")
        let ranked = try await RunningProgram.run(["compare", one, three, "--json"])
        #expect(ranked.status == 0 && ranked.output.split(separator: "\n").count == 2, "\(ranked.errors)")
        #expect(ranked.errorLines.count == 1)
    }

    @Test("as JSON a comparison names each result, its rank and whether it is on the front, and compares the best two")
    func comparisonForPrograms() async throws {
        struct Result: Decodable {
            let name: String
            let rank: Int
            let front: Bool
        }
        struct Comparison: Decodable {
            struct Picture: Decodable {
                let image: String
                let truth: Double
                let first: Double
                let second: Double
            }
            let command: String
            let first: String
            let second: String
            let images: Int
            let mae_difference: Double
            let interval: [Double]
            let nearer: [String: Int]
            let pictures: [Picture]
        }
        let folder = try TemporaryFolder()
        func save(_ name: String, _ counts: [Double], seconds: Double, simulated: Bool = false) throws -> String {
            let pictures = counts.enumerated().map {
                #"{"image": "\#($0)", "truth": 5, "count": \#($1), "seconds": \#(seconds)}"#
            }
            return try folder.write(
                """
                {"subject": {"model": "m", "digest": "d", "plan": "native", "engine": "e", "simulated": \(simulated)},
                 "pictures": [\(pictures.joined(separator: ", "))]}
                """, to: name)
        }
        let good = try save("good", [5, 6], seconds: 1)
        let (bad, slow) = (try save("bad", [9, 5], seconds: 1), try save("slow", [5, 1], seconds: 9, simulated: true))
        let ranked = try await RunningProgram.run(["compare", slow, bad, good, "--json", "--pictures", "1"])
        #expect(ranked.status == 0, "\(ranked.errors)")
        #expect(ranked.errorLines.count == 1, "\(ranked.errors)")
        #expect(ranked.errors.contains("the seconds of \(slow) are"), "\(ranked.errors)")
        let lines = ranked.output.split(separator: "\n").map { Data($0.utf8) }
        try #require(lines.count == 4)
        let results = try lines.dropLast().map { try JSONDecoder().decode(Result.self, from: $0) }
        #expect(results.map(\.name) == [good, bad, slow] && results.map(\.rank) == [1, 2, 3])
        #expect(results.map(\.front) == [true, false, false])
        let comparison = try JSONDecoder().decode(Comparison.self, from: lines[3])
        #expect(comparison.command == "compare" && comparison.first == good && comparison.second == bad)
        #expect(comparison.images == 2 && comparison.mae_difference == -1.5 && comparison.interval.count == 2)
        #expect(comparison.nearer == ["first": 1, "second": 1, "neither": 0])
        #expect(comparison.pictures.map(\.image) == ["0"] && comparison.pictures[0].second == 9)

        // All of one model, plan and engine: only their files tell them apart.
        let table = try await RunningProgram.run(["compare", good, bad])
        #expect(table.output.contains("m native e (\(good)) against m native e (\(bad))"), "\(table.output)")
        #expect(table.output.contains("lower with m native e (\(good))"), "\(table.output)")
    }

    @Test("numbers that are no numbers of people are refused and end nothing by a trap")
    func hugeNumbers() async throws {
        let folder = try TemporaryFolder()
        let truth = try folder.write("image,count\na,1e200\n", to: "truth.csv")
        let saved = try folder.write(
            """
            {"subject": {"model": "m", "digest": "d", "plan": "native", "engine": "e", "simulated": false},
             "pictures": [{"image": "a", "truth": 1e200, "count": 1e200, "seconds": 1e300}]}
            """, to: "saved.json")
        for words in [
            ["evaluate", "--images", folder.path, "--truth", truth],
            ["compare", saved, saved, "--plot", folder.path + "/plot.svg"],
        ] {
            let outcome = try await RunningProgram.run(words)
            #expect(outcome.status == 65 && outcome.errorLines.count == 1, "\(words): \(outcome.errors)")
        }
    }
}
