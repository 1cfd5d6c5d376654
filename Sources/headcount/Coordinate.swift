import Archive
import Arguments
import Concurrency
import Coordinator
import Dashboard
import Glibc
import HTTPServer
import Postgres
import Telemetry
import Terminal
import Worker

/// `headcount coordinate`
enum Coordinate: Action {
    /// What its workers are started with: options of `headcount work`, by its own names.
    private static let passedOn =
        Work.command.options.filter {
            !["drain", "host-name", "metrics", "metrics-address", Context.databaseOption.name].contains($0.name)
                && !["engine", "card", FaultyCards.option.name].contains($0.name)
        }

    static let command = Command(
        "coordinate", "Keep this host's cards working, one worker process per card or as many as are wanted",
        discussion: """
            Run one on each host; one of them, elected, also does the chores of all. Cards, the workers wanted
            on each and why one is kept out of work stand in headcount.cards; headcount scale and headcount
            card change them, and so does SQL. The first Ctrl-C or SIGTERM lets the workers finish what is in
            flight, the second makes them give everything back. With --port it serves the page too: see
            headcount dashboard --help. Of a host's workers each takes an equal part of what one alone would
            take for pictures: --memory and --decodes, each worker's own, say otherwise. A picture that is too
            large for its worker's part fails for good, as too_large, even where one alone could take it: start
            with a larger --memory, then headcount retry SET --class too_large.
            """,
        options: [
            HostNameOption.option,
            Option("port", value: "PORT", "Serve the page, /metrics, /healthz and /readyz at this port (nothing)."),
            Option("address", value: "ADDRESS", "Address to serve at (127.0.0.1, this machine alone)."),
            Option("simulated-cards", value: "N", "Cards that only keep time, for trying things out (0)."),
            Option("cpu-workers", value: "N", "Count on the CPU too, with so many workers at first (not at all)."),
            Option(
                "autoscale", value: "MIN..MAX",
                "Let the leader choose how many workers each card has: more while they raise what is counted."),
            Option(
                "hang-limit", value: "SECONDS",
                "How long a card may take for a batch before it is taken for hung, 1 to 3600 (6)."),
            FaultyCards.option,
        ] + PageOptions.all + passedOn + [Context.databaseOption],
        examples: [
            "headcount coordinate", "headcount coordinate --simulated-cards 4 --host-name trial",
            "headcount coordinate --cpu-workers 2 --port 8101 --allow-network 10.0.0.0/8",
        ])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let console = context.console
        // What its workers would refuse, each of them again and again; and what else is wrong before a database is asked.
        _ = try (WorkOptions.settings(invocation), WorkOptions.fetching(invocation), WorkOptions.limits(invocation))
        _ = try (port(invocation), PageOptions.token(invocation), PageOptions.site(invocation))
        let settings = try settings(invocation, context)
        // Once in its own words, for whoever gave the wrong one.
        let first = try await context.openArchive(invocation, as: "coordinator")
        await first.close()
        let metrics = Metrics()
        _ = CountingMetrics(in: metrics)
        let coordinator = Coordinator(
            settings, metrics: metrics,
            connect: {
                try await Context.archive(over: PostgresConnection.connect(settings.database), mayBeNewer: true)
            }, tell: { console.say($0) })
        console.say("Coordinating \(settings.host.name), process \(settings.host.process).")
        let (services, close) = try await services(
            beside: coordinator, of: settings.database, invocation, console)
        let status = try await runUntilSignalled(coordinator, beside: services, console)
        await close()
        return status
    }

    /// What runs together with the coordinator and ends with it, and what ends what they use.
    private static func services(
        beside coordinator: Coordinator, of database: PostgresConfiguration, _ invocation: Invocation,
        _ console: Console
    ) async throws -> ([any Service], close: @Sendable () async -> Void) {
        guard let port = try port(invocation) else { return ([], {}) }
        let address = invocation.value(of: "address") ?? "127.0.0.1"
        let pages = CoordinatorPages(coordinator)
        let (page, close) = try await PageOptions.page(
            invocation, of: database, at: address, engines: EngineOptions.openVINO, metrics: coordinator.metrics,
            console)
        let server = try HTTPServer.serving(address: address, port: port, bodyLimit: Dashboard.bodyLimit) {
            request in
            if let response = pages.response(to: request) { return response }
            return await page.answer(to: request)
        }
        console.say("The page is at \(server.url)/, and so is /metrics.")
        return ([ServedPages(server)], close)
    }

    private static func runUntilSignalled(
        _ coordinator: Coordinator, beside services: [any Service], _ console: Console
    ) async throws -> ExitStatus {
        let signals = StopSignals()
        let running = Task { try await coordinator.run(beside: services) }
        let listening = Task {
            var count = 0
            for await _ in signals.stream {
                count += 1
                switch count {
                case 1:
                    console.say("The workers finish what is in flight; once more and they give it back.")
                    coordinator.stop()
                case 2: coordinator.hurry()
                default: running.cancel()
                }
            }
        }
        defer { listening.cancel() }
        try await running.value
        return .success
    }

    private static func port(_ invocation: Invocation) throws -> UInt16? {
        try invocation.integer(of: "port", in: 0...65535).map { UInt16($0) }
    }

    private static func settings(_ invocation: Invocation, _ context: Context) throws -> CoordinatorSettings {
        let program = try ProgramFile.path()
        let folder = Context.workingDirectory()
        var inventory = CardInventory()
        inventory.simulated = try invocation.integer(of: "simulated-cards", in: 0...1024) ?? 0
        inventory.cpuWorkers = try invocation.integer(of: "cpu-workers", in: 0...64)
        inventory.autoscale = try bounds(invocation)
        let faults = try FaultyCards(invocation)
        let hangLimit = try invocation.seconds(of: "hang-limit", in: 1...3600)
        let host = HostRegistration(
            name: try HostNameOption.value(invocation), process: Int(getpid()), version: Version.current,
            cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)),
            memoryBytes: sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)))
        let most = inventory.autoscale?.upperBound ?? 1
        let alone = WorkerSettings(cores: host.cores, machineMemory: MachineMemory.bytes)
        let location = try context.location(invocation)
        let database = PostgresConfiguration(
            connectionString: location.connectionString, applicationName: "headcount coordinator")
        try Context.refusePooled(database, "a coordinator needs a session of its own", path: path)
        var environment = context.environment
        // Not among the arguments, which everybody on the machine can read.
        if !location.connectionString.isEmpty { environment["DATABASE_URL"] = location.connectionString }
        let variables = environment.map { "\($0.key)=\($0.value)" }
        inventory.probe = try CardProbe(invocation, context)
        var settings = CoordinatorSettings(
            host: host, database: database, inventory: inventory,
            program: WorkerProgram(
                path: program, environment: variables, folder: folder, output: STDERR_FILENO
            ) { card, crowd in
                options(for: card, invocation)
                    + options(of: crowd.share(memory: alone.memory, cores: alone.cores, most: most), invocation)
                    + (card.engine == "simulated" ? faults.options(forCard: card.number) : [])
            })
        settings.hangLimit = hangLimit
        settings.grace = try WorkOptions.settings(invocation).grace
        return settings
    }

    /// The options of this invocation that a worker on the card gets.
    private static func options(for card: CardRecord, _ invocation: Invocation) -> [String] {
        passedOn.flatMap { option -> [String] in
            // `work` refuses what goes with another engine.
            if option.name.hasPrefix("simulated-") && card.engine != "simulated" { return [] }
            if option.value == nil { return invocation.has(option.name) ? ["--\(option.name)"] : [] }
            return invocation.value(of: option.name).map { ["--\(option.name)", $0] } ?? []
        }
    }

    /// What a worker is told to take, unless people said.
    private static func options(of share: HostCrowd.Share?, _ invocation: Invocation) -> [String] {
        guard let share else { return [] }
        return [("memory", share.memory), ("decodes", share.decodes)].flatMap { name, number in
            invocation.value(of: name) == nil ? ["--\(name)", "\(number)"] : []
        }
    }

    private static func bounds(_ invocation: Invocation) throws -> ClosedRange<Int>? {
        guard let text = invocation.value(of: "autoscale") else { return nil }
        let ends = text.split(separator: ".", omittingEmptySubsequences: false)
        guard ends.count == 3, ends[1].isEmpty, let fewest = Int(ends[0]), let most = Int(ends[2]),
            (0...64).contains(fewest), (max(1, fewest)...64).contains(most)
        else { throw invocation.refusal(of: "autoscale", needed: "MIN..MAX, from 0 to 64 workers") }
        return fewest...most
    }
}
