import Archive
import Arguments
import Concurrency
import Counting
import Fetch
import Glibc
import Imaging
import Inference
import Models
import Terminal
import Worker

/// `headcount work`
enum Work: Action {
    static let command = Command(
        "work", "Count what is enqueued",
        discussion: """
            The first Ctrl-C or SIGTERM finishes what is in flight and gives the rest back; the second
            ends at once and gives everything back.
            """,
        options: [
            Option(flag: "drain", "End once nothing is left to count; else wait for more."),
            Option("set", value: "SET", "Count this set alone (all sets)."),
            Option("fetches", value: "N", "Pictures fetched at once, 1 to 256 (8)."),
            Option("lease", value: "SECONDS", "How long a lease lasts without a heartbeat, 3 to 3600 (15)."),
            Option("max-bytes", value: "N", "Largest picture in bytes (268435456)."),
            Option("max-megapixels", value: "N", "Largest picture in millions of pixels (200)."),
            Option(
                "allow-network", value: "CIDR[,CIDR...]",
                "Private or special networks that pictures may be fetched from, such as 127.0.0.0/8 (none)."),
            Context.databaseOption,
        ] + EngineOptions.all,
        examples: ["headcount work --drain", "headcount work --allow-network 10.0.0.0/8,192.168.0.0/16"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let console = context.console
        let settings = try settings(invocation)
        let engines = try EngineOptions.factory(invocation)
        let fetcher = try Fetcher(fetching(invocation))
        let decoder = PictureDecoder(limits: try limits(invocation))
        let archive = try await context.openArchive(invocation, as: "worker")
        if let set = settings.set { _ = try await archive.progress(ofSet: set) }
        let meter = ProgressMeter(console)
        let worker = Worker(
            archive: archive, registration: registration(engines.identity), engines: engines,
            store: .standard, fetcher: fetcher, decoder: decoder, settings: settings, onProgress: meter.show)
        console.say("Counting on \(EngineOptions.words(for: engines.identity)).")
        let outcome = await runUntilSignalled(worker, console)
        fetcher.close()
        await archive.close()
        console.clearProgress()
        switch outcome {
        case .success(let progress):
            console.say(meter.summary(of: progress))
            return .success
        case .failure(let error):
            throw error
        }
    }

    /// Runs the worker; the first signal stops it, the second cancels it.
    private static func runUntilSignalled(
        _ worker: Worker, _ console: Console
    ) async -> Result<WorkerProgress, any Error> {
        let running = Task { try await worker.run() }
        let listening = Task {
            var signals = 0
            for await _ in StopSignals().stream {
                signals += 1
                if signals == 1 {
                    console.say("Finishing what is in flight; once more to end at once.")
                    worker.stop()
                } else {
                    running.cancel()
                }
            }
        }
        defer { listening.cancel() }
        return await running.result
    }

    private static func settings(_ invocation: Invocation) throws -> WorkerSettings {
        var settings = WorkerSettings(cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        settings.drain = invocation.has("drain")
        settings.set = invocation.value(of: "set")
        if let fetches = try invocation.integer(of: "fetches", in: 1...256) {
            settings.fetchesInFlight = fetches
            settings.imagesInFlight = max(settings.imagesInFlight, 2 * fetches)
        }
        if let lease = try invocation.seconds(of: "lease", in: 3...3600) { settings.lease = lease }
        return settings
    }

    private static func fetching(_ invocation: Invocation) throws -> FetchConfiguration {
        var configuration = FetchConfiguration()
        configuration.userAgent = "headcount/\(Version.current)"
        if let bytes = try invocation.integer(of: "max-bytes", in: 1...Int(Int32.max)) {
            configuration.maximumBytes = bytes
        }
        if let networks = invocation.value(of: "allow-network") {
            configuration.allowedNetworks = try networks.split(separator: ",").map { try Network(String($0)) }
        }
        return configuration
    }

    private static func limits(_ invocation: Invocation) throws -> ImagingLimits {
        var limits = ImagingLimits()
        if let megapixels = try invocation.integer(of: "max-megapixels", in: 1...2000) {
            limits.maximumPixels = megapixels * 1_000_000
        }
        return limits
    }

    private static func registration(_ engine: EngineIdentity) -> WorkerRegistration {
        WorkerRegistration(
            host: HostName.current, process: Int(getpid()), engine: engine.kind.rawValue,
            engineVersion: engine.version, card: engine.device, simulated: engine.simulated, version: Version.current)
    }
}
