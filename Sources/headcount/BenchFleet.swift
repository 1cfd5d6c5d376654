import Archive
import Arguments
import Density
import Glibc
import Inference
import Supervision
import Terminal

/// `headcount bench fleet`
enum BenchFleet: Action {
    static let path = ["bench", "fleet"]
    static let command = Command(
        "fleet", "Measure how well simulated cards are kept at work by a coordinator and its worker processes",
        discussion: """
            Starts a private PostgreSQL, a server of trivial pictures and a coordinator with simulated cards,
            one picture a batch. The time runs from the moment at which all workers are ready and the run is
            released to its last count.

            With --hang one card hangs after five seconds, and it is also told how long it took until it was
            kept out of work, how long then until the others had counted what it held, and how fast they were
            meanwhile.
            """,
        options: [
            Option("cards", value: "N", "Simulated cards, 1 to 64 (8)."),
            Option("images", value: "N", "Pictures (20 seconds of all cards' work)."),
            Option("simulated-batch-ms", value: "MS", "Milliseconds that a card takes for a batch (54.8)."),
            Option("slow", value: "FACTOR", "Make one card so many times as slow, 1 to 100 (1)."),
            Option(flag: "hang", "Let one card hang."),
            Option(flag: "json", "Print one JSON object."),
        ],
        examples: [
            "headcount bench fleet --cards 24 --json", "headcount bench fleet --cards 8 --slow 4",
            "headcount bench fleet --cards 8 --hang",
        ])

    private static let tile = PixelSize(width: 48, height: 32)
    private static let secondsBeforeHang = 5.0

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let report = try await Interruptible.run { try await measure(invocation, context) }
        try context.console.output(invocation.has("json") ? JSONText.line(report) : report.text)
        return .success
    }

    private static func measure(_ invocation: Invocation, _ context: Context) async throws -> FleetReport {
        let cards = try invocation.integer(of: "cards", in: 1...64) ?? 8
        let batch = try invocation.milliseconds(of: "simulated-batch-ms", in: 1...60_000) ?? .milliseconds(54.8)
        let slow = try invocation.integer(of: "slow", in: 1...100) ?? 1
        let ideal = (Double(cards - 1) + 1 / Double(slow)) / (batch / .seconds(1))
        let launchesBeforeHang =
            invocation.has("hang") ? max(1, Int((secondsBeforeHang / (batch / .seconds(1))).rounded())) : nil
        if launchesBeforeHang != nil, cards == 1 || slow > 1 {
            throw UsageError.conflict("--hang goes with two cards or more, and not with --slow", path: path)
        }
        let images = try invocation.integer(of: "images", in: 1...10_000_000) ?? Int((ideal * 20).rounded())
        let model = try FleetModel(tile: tile)
        defer { model.remove() }
        let console = context.console
        return try await BenchArchive.with(
            manifestAt: model.path, images: images, pictures: BenchPictures.own(of: [tile]),
            plan: .grid(rows: 2, columns: 2)
        ) { bench in
            let watch = try await FleetWatch(bench.databaseURL)
            try await watch.prepare()
            let fault = launchesBeforeHang.map { "0=hang@\($0)" } ?? (slow > 1 ? "0=slow:\(slow)" : nil)
            let coordinator = try start(cards: cards, batch: batch, fault: fault, bench, context)
            do {
                console.say("Starting \(cards) workers.")
                try await watch.waitForWorkers(cards, of: coordinator)
                console.say("Counting \(Numbers.grouped(images)) pictures.")
                let run = try await watch.watchRun(by: coordinator) {
                    console.showProgress("\(Numbers.grouped($0)) counted")
                }
                console.clearProgress()
                await end(coordinator)
                var report = try await watch.report(
                    run, cards: cards, images: images, idealRate: ideal,
                    cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
                if let launchesBeforeHang {
                    report.hang = try await watch.hang(in: run, after: batch * launchesBeforeHang, batch: batch)
                }
                await watch.close()
                return report
            } catch {
                await end(coordinator)
                throw error
            }
        }
    }

    private static func start(
        cards: Int, batch: Duration, fault: String?, _ bench: BenchArchive, _ context: Context
    ) throws -> ChildProcess {
        let faults = fault.map { ["--\(FaultyCards.option.name)", $0] } ?? []
        // The same few pictures come again and again.
        let words = [
            "coordinate", "--simulated-cards", "\(cards)", "--host-name", "bench",
            "--simulated-batch-ms", "\(batch / .milliseconds(1))", "--allow-network", "127.0.0.0/8", "--no-dedupe",
        ]
        var launch = ProgramLaunch(try ProgramFile.path(), words + faults, output: STDERR_FILENO)
        var environment = context.environment
        environment["DATABASE_URL"] = bench.databaseURL
        environment[SupervisorLink.variable] = nil
        launch.environment = environment.map { "\($0.key)=\($0.value)" }
        launch.folder = Context.workingDirectory()
        return try ChildProcess.start(launch)
    }

    /// Lets it finish; one that does not is killed, and its workers notice.
    private static func end(_ coordinator: ChildProcess) async {
        coordinator.signal(SIGTERM)
        // In a task of its own, since that of a measurement that was interrupted does not sleep any more.
        await Task {
            let deadline = ContinuousClock.now + patience
            while coordinator.ending() == nil && ContinuousClock.now < deadline {
                try? await Task.sleep(for: .milliseconds(20))
            }
            coordinator.end()
        }.value
    }

    /// For the end of a coordinator, whose workers finish what is in flight.
    private static let patience: Duration = .seconds(60)
}
