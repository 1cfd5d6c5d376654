import Archive
import Arguments
import Concurrency
import Counting
import Fetch
import Glibc
import HTTPServer
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
            The first Ctrl-C or SIGTERM finishes what is in flight, for as long as --grace allows, and
            gives the rest back; the second ends at once and gives everything back. While the database is
            away, work in flight goes on and waits for it.
            """,
        options: [
            Option(flag: "drain", "End once nothing is left to count; else wait for more."),
            Option("set", value: "SET", "Count this set alone (all sets)."),
        ] + WorkOptions.all + [MetricsServer.option, WorkOptions.log, HostNameOption.option, Context.databaseOption]
            + EngineOptions.all,
        examples: ["headcount work --drain", "headcount work --allow-network 10.0.0.0/8,192.168.0.0/16"])

    /// How often the progress line is drawn anew where no image ends, and how often a line of JSON tells of it.
    private static let ticks = (line: Duration.seconds(1), json: Duration.seconds(10))

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let watch = EngineWatch()
        let metrics = WorkerMetrics()
        let supervised = SupervisedWork(watch, metrics)
        do {
            return try await work(invocation, context, watch, metrics, supervised)
        } catch let error where supervised != nil && ErrorLine.isInterruption(error) {
            // Its coordinator wanted it so, and told people why.
            return .terminated
        } catch {
            supervised?.tell(error)
            throw error
        }
    }

    private static func work(
        _ invocation: Invocation, _ context: Context, _ watch: EngineWatch, _ metrics: WorkerMetrics,
        _ supervised: SupervisedWork?
    ) async throws -> ExitStatus {
        let console = context.console
        let log = WorkOptions.log(invocation, console, isSupervised: supervised != nil)
        // All that was written is understood before anything is opened.
        var settings = try WorkOptions.settings(invocation)
        let fetcher = try Fetcher(WorkOptions.fetching(invocation))
        let decoder = DecoderOptions.decoder(
            invocation, limits: try WorkOptions.limits(invocation), for: &settings)
        let host = try HostNameOption.value(invocation)
        let metricsPlace = try MetricsServer.place(invocation)
        let store = try ModelOptions.store(invocation)
        let engines = watch.watching(try EngineOptions.factory(invocation))
        let archive = try await context.openArchive(invocation, as: "worker")
        if let set = settings.set { _ = try await archive.progress(ofSet: set) }
        // Before the worker is known to be there: whoever counts on it counts on a card that is fed at once.
        await DecoderOptions.prepare(decoder) { log.warn("decoders-loose", $0) }
        let meter = ProgressMeter(console)
        let worker = Worker(
            archive: archive,
            registration: registration(engines.identity, host: host),
            engines: engines, store: store, fetcher: fetcher, decoder: decoder, settings: settings,
            metrics: metrics, notices: supervised?.notices, onEvent: log.tell,
            onProgress: supervised?.note ?? meter.show)
        supervised?.look(after: worker)
        let server = try metricsPlace?.serve(metrics.metrics) { metrics.databaseAnswers }
        defer { server?.stop() }
        if let server { log.say("serving", "Serving \(server.url)/metrics") }
        log.say("counting", "Counting on \(EngineOptions.words(for: engines.identity)).")
        let telling = supervised == nil ? Task { await tell(of: worker, meter, log) } : nil
        let outcome = await runUntilSignalled(worker, log)
        telling?.cancel()
        fetcher.close()
        await archive.close()
        console.clearProgress()
        switch outcome {
        case .success(let progress):
            supervised?.tellEnd()
            log.tell(progress)
            log.say("ended", meter.summary(of: progress))
            return .success
        case .failure(let error):
            throw error
        }
    }

    /// Keeps the progress line alive, or writes a line of it now and then.
    private static func tell(of worker: Worker, _ meter: ProgressMeter, _ log: WorkerLog) async {
        while (try? await Task.sleep(for: log.form == .json ? ticks.json : ticks.line)) != nil {
            if log.form == .json { log.tell(worker.progress) } else { meter.show(worker.progress) }
        }
    }

    /// Runs the worker; the first signal stops it, the second cancels it.
    private static func runUntilSignalled(_ worker: Worker, _ log: WorkerLog) async -> Result<WorkerProgress, any Error>
    {
        // Before anything is claimed that would have to be given back.
        let signals = StopSignals()
        let running = Task { try await worker.run() }
        let listening = Task {
            var count = 0
            for await _ in signals.stream {
                count += 1
                if count == 1 {
                    log.say("stopping", "Finishing what is in flight; once more to end at once.")
                    worker.stop()
                } else {
                    running.cancel()
                }
            }
        }
        defer { listening.cancel() }
        return await running.result
    }

    private static func registration(_ engine: EngineIdentity, host: String) -> WorkerRegistration {
        WorkerRegistration(
            host: host, process: Int(getpid()), engine: engine.kind.rawValue,
            engineVersion: engine.version, card: engine.device, simulated: engine.simulated, version: Version.current)
    }
}
