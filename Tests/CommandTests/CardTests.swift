import Density
import Digest
import Foundation
import Imaging
import Postgres
import Supervision
import TestSupport
import Testing

/// The whole way on the vendor's simulator of the chip, as processes of the program.
@Suite(.enabled(if: SimulatorInstallation.isPresent, SimulatorInstallation.absence))
struct CardTests {
    @Test("pictures counted with --engine bm1684 have the counts of the compiler's own reference, and say simulator")
    func wholeWay() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            let models = Checkout.root + "/Tests/InferenceTests/Models"
            let model = try TemporaryFolder()
            var files: [String] = []
            for batch in [1, 4] {
                let name = "tiny-int8-b\(batch).bmodel"
                try model.copy("\(models)/\(name)", to: name)
                let digest = try SHA256Digest(ofFile: "\(models)/\(name)")
                files.append("{\"path\": \"\(name)\", \"batch\": \(batch), \"sha256\": \"\(digest)\"}")
            }
            let manifest = try model.write(
                """
                {"name": "tiny-int8", "plan": "native",
                 "input": {"width": 64, "height": 48, "colour": "rgb",
                           "mean": [113.76560402, 104.42649803, 100.74615860],
                           "scale": [0.01360642, 0.01409908, 0.01383804]},
                 "output": {"stride": 4, "densityScale": 1},
                 "files": {"bm1684": [\(files.joined(separator: ", "))]}}
                """, to: "tiny.json")
            #expect(try await bench.run(["model", "add", manifest, "--default"]).status == 0)

            // The pictures whose answers the compiler gave, each as large as a tile.
            for seed in 1...4 {
                var noise = Noise(seed: UInt64(seed))
                let picture = noise.picture(PixelSize(width: 64, height: 48))
                try bench.pictures.write(PictureEncoder.png(picture), to: "\(seed).png")
            }
            _ = try await bench.run(["enqueue", "noise", "--urls", "-"], input: bench.list(1...4))
            let worked = try await bench.run([
                "work", "--drain", "--engine", "bm1684", "--sophon-lib", SimulatorInstallation.folder,
                "--allow-network", "127.0.0.0/8",
            ])
            #expect(worked.status == 0, "\(worked.errors)")
            #expect(worked.output == "")
            #expect(worked.errors.contains("simulator"))

            let expected = try Data(contentsOf: URL(filePath: models + "/tiny-int8-expected.f32")).withUnsafeBytes {
                raw in
                stride(from: 0, to: raw.count, by: 4).map { raw.loadUnaligned(fromByteOffset: $0, as: Float.self) }
            }
            let counts = try await bench.connection.query(
                "SELECT count, simulated, card FROM headcount.results ORDER BY image")
            #expect(counts.count == 4)
            for (row, start) in zip(counts, stride(from: 0, to: expected.count, by: expected.count / 4)) {
                let reference = expected[start..<start + expected.count / 4].reduce(0) { $0 + Double($1) }
                let count = try row.decode(Double.self, "count")
                #expect(abs(count - reference) <= 1e-4)
                #expect(try row.decode(Bool.self, "simulated"))
                #expect(try row.decode(String.self, "card") == "bm1684-simulator:0")
            }
        }
    }

    @Test("headcount cards lists the simulator's card as simulated, and keeps the vendor's words off its output")
    func cards() async throws {
        let outcome = try await RunningProgram.run(["cards", "--json", "--sophon-lib", SimulatorInstallation.folder])
        #expect(outcome.status == 0)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        let cards = try #require(object["cards"] as? [[String: Any]])
        #expect(cards.map { $0["simulated"] as? Bool } == [true])
        // The simulator does not tell a temperature: it is absent, not zero.
        #expect(cards[0]["chip_celsius"] == nil)
    }

    @Test("the environment names the folder where no option does")
    func folderOfTheEnvironment() async throws {
        let outcome = try await RunningProgram.run(
            ["cards", "--json"], environment: ["HEADCOUNT_SOPHON_LIB": SimulatorInstallation.folder])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains(#""device":"bm1684-simulator:0""#), "\(outcome.output)")
    }

    /// A folder with the vendor's two libraries and not the model of the chip that lies beside them.
    private func librariesAlone() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for library in ["libbmlib.so.0", "libbmrt.so.1.0"] {
            try folder.copy(SimulatorInstallation.folder + "/" + library, to: library)
        }
        return folder
    }

    @Test("the simulator is called so wherever the loader finds the model of the chip")
    func simulatorElsewhere() async throws {
        let outcome = try await RunningProgram.run(
            ["cards", "--json", "--sophon-lib", try librariesAlone().path],
            environment: ["LD_LIBRARY_PATH": SimulatorInstallation.folder])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains(#""device":"bm1684-simulator:0""#), "\(outcome.output)")
        #expect(outcome.output.contains(#""simulated":true"#))
    }

    @Test("a library that ends the process is told of, with a status of ours")
    func libraryExit() async throws {
        // The simulator's library calls exit() where it does not find the model of the chip.
        let outcome = try await RunningProgram.run(["cards", "--sophon-lib", try librariesAlone().path])
        #expect(outcome.status == 70, "\(outcome.errors)")
        #expect(outcome.output == "")
        #expect(outcome.errors.contains("headcount: a library ended the process"), "\(outcome.errors)")
        #expect(outcome.errors.contains("libcmodel.so"), "the library's own words: \(outcome.errors)")
    }
    /// What `doctor` says of the cards, and that it said the rest, which comes after.
    private func cardRows(of outcome: RunningProgram.Outcome) -> [Substring] {
        let rows = outcome.output.split(separator: "\n")
        #expect(outcome.status == 1, "no database: \(outcome.errors)")
        for what in ["program", "OpenVINO", "https", "database"] {
            #expect(rows.contains { $0.hasPrefix(what + " ") }, "no row \(what) in: \(outcome.output)")
        }
        return rows.filter { $0.hasPrefix("cards ") }
    }

    private func doctor(_ environment: [String: String] = [:]) async throws -> RunningProgram.Outcome {
        let nowhere = ["PGHOST": "127.0.0.1", "PGPORT": "1"]
        return try await RunningProgram.run(
            ["doctor", "--sophon-lib", librariesAlone().path], environment: nowhere.merging(environment) { $1 })
    }

    @Test("doctor tells of a library that ends the process, with its words, and of everything else")
    func doctorOutlivesTheLibrary() async throws {
        let rows = cardRows(of: try await doctor())
        #expect(rows.count == 2 && rows.first?.contains(" ok ") == true, "\(rows)")
        for words in ["none ", "status 70", "libcmodel.so: cannot open shared object file", "the vendor's package"] {
            #expect(rows.last?.contains(words) == true, "\(rows)")
        }
    }

    /// An environment in which the vendor's library waits for ever when its card is opened: the model of the chip is a
    /// pipe that nobody writes to.
    private func hanging(in folder: TemporaryFolder) throws -> [String: String] {
        try #require(mkfifo(folder.path + "/libcmodel.so", 0o600) == 0)
        return ["LD_LIBRARY_PATH": folder.path]
    }

    @Test("doctor tells of a library that does not answer within half a minute, and of everything else")
    func doctorOutwaitsTheLibrary() async throws {
        let folder = try TemporaryFolder()
        let rows = cardRows(of: try await doctor(hanging(in: folder)))
        #expect(rows.count == 2 && rows.last?.contains("did not answer within 30 s") == true, "\(rows)")
    }

    @Test("a process that was asked for the cards ends with the one that asked, also where the library never returns")
    func cardsEndWithTheirAsker() async throws {
        let folder = try TemporaryFolder()
        var launch = ProgramLaunch(
            Checkout.program, ["cards", "--json", "--sophon-lib", try librariesAlone().path], output: STDERR_FILENO)
        launch.environment = try hanging(in: folder).map { "\($0.key)=\($0.value)" }
        var child: ChildProcess? = try ChildProcess.start(launch)
        let process = try #require(child?.id)
        var model: Int32 = -1
        // Opening it succeeds once the library reads.
        try await waitUntil("the library at the model of the chip") {
            model = open(folder.path + "/libcmodel.so", O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            return model >= 0
        }
        child = nil
        try await waitUntil("the end of the process") { !ProcessSearch.exists(process) }
        close(model)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        #expect(status & 0x7F == SIGIO)
    }
}
