import Archive
import Arguments
import Counting
import Density
import Fetch
import Glibc
import Imaging
import Inference
import Isolation
import Models
import Postgres
import Telemetry
import Terminal
import Worker

/// `headcount bench pipeline`
enum BenchPipeline: Action {
    static let path = ["bench", "pipeline"]
    static let command = Command(
        "pipeline", "Measure how well a worker keeps its device busy",
        discussion: """
            Counts pictures of its own that it serves on this machine, with a private PostgreSQL in a
            temporary folder: the whole way of a picture. With the simulated card, which takes the stated
            time for four tiles, feed_efficiency is the rate against the most that the card could do. With
            another engine it is left out.
            """,
        options: [
            Option("images", value: "N", "Pictures to count, 1 to 1000000 (400, or all of --pictures)."),
            Option("pictures", value: "DIR", "Pictures to serve instead of its own, in turn."),
            Option("sizes", value: "WxH[,WxH...]", "Sizes of the pictures, in turn (1024x768)."),
            Option(
                "plan", value: "PLAN",
                "Tile plan: auto, native or grid:ROWSxCOLUMNS, each also with ,area behind it (grid:2x2)."),
            Option("model", value: "MODEL", "A manifest, or the name of a model that comes with headcount (crowd)."),
            Option("memory", value: "SIZE", "Memory that pictures may take at once (a quarter of the machine's)."),
            DecoderOptions.inside,
            Option(flag: "alone", "Make the same launches with nothing beside them too, in turns, to compare with."),
            Option(flag: "json", "Print one JSON object."),
        ] + EngineOptions.all,
        examples: [
            "headcount bench pipeline --engine simulated --simulated-batch-ms 54.8",
            "headcount bench pipeline --engine simulated --plan auto --sizes 640x480,1024x768,3000x2000 --json",
        ])

    private struct Report: Encodable {
        let command = "bench pipeline"
        let imagesPerSecond: Double
        let feedEfficiency: Double?
        let laneFill: Double?
        /// The time of the whole way divided by that of its launches alone.
        let ratioToInference: Double?
        let peakMemoryBytes: Int
        /// After a tenth of the pictures, to be held against the peak: what grows by then goes on growing.
        let earlyMemoryBytes: Int
        /// The most of their own that the processes had that decode pictures; 0 where they are decoded within this one.
        let decoderMemoryBytes: Int
        let cpuSecondsPerImage: Double
        let images: Int
        let tiles: Int
        let engine: String
        let simulated: Bool
        let version = Version.current
        let cores: Int

        private enum CodingKeys: String, CodingKey {
            case command, images, tiles, engine, simulated, version, cores
            case imagesPerSecond = "images_per_second"
            case feedEfficiency = "feed_efficiency"
            case laneFill = "lane_fill"
            case ratioToInference = "ratio_to_inference"
            case peakMemoryBytes = "peak_memory_bytes"
            case earlyMemoryBytes = "early_memory_bytes"
            case decoderMemoryBytes = "decoder_memory_bytes"
            case cpuSecondsPerImage = "cpu_seconds_per_image"
        }
    }

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let report = try await Interruptible.run { try await measure(invocation, context) }
        try context.console.output(invocation.has("json") ? JSONText.line(report) : text(of: report))
        return .success
    }

    private static func measure(_ invocation: Invocation, _ context: Context) async throws -> Report {
        let pictures = try BenchPictures.served(invocation)
        let images =
            try invocation.integer(of: "images", in: 1...1_000_000)
            ?? (invocation.value(of: "pictures") == nil ? 400 : pictures.count)
        let plan = try ModelOptions.plan(invocation) ?? .grid(rows: 2, columns: 2)
        let engines = try EngineOptions.factory(invocation)
        var settings = WorkerSettings(
            cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)), machineMemory: MachineMemory.bytes)
        settings.drain = true
        // The pictures that are served come again and again.
        settings.dedupe = false
        if let memory = try ByteSize.value(of: "memory", atLeast: 64 << 20, invocation) { settings.memory = memory }
        let decoder = DecoderOptions.decoder(invocation, for: &settings)
        let meter = ProgressMeter(context.console)
        let alone = invocation.has("alone") ? InferenceAlone() : nil
        return try await BenchArchive.with(invocation, images: images, pictures: pictures, plan: plan) {
            [settings] bench in
            let early = EarlyMemory(after: max(1, images / 10))
            let metrics = WorkerMetrics()
            let engines = alone?.takingTurns(with: engines) ?? engines
            let worker = try await bench.worker(engines, decoder, settings, metrics) { progress in
                early.note(progress)
                meter.show(progress)
            }
            // As a worker does before it says that it is there.
            await DecoderOptions.prepare(decoder) { context.console.warn($0) }
            let (clock, cpu) = (ContinuousClock(), ProcessUsage.cpuSeconds)
            let started = clock.now
            let progress = try await worker.run()
            let whole = started.duration(to: clock.now)
            let decoding = await DecoderOptions.usage(of: decoder)
            let used = ProcessUsage.cpuSeconds - cpu + decoding.processorSeconds
            let peak = ProcessUsage.peakResidentBytes
            context.console.clearProgress()
            if progress.counted != images {
                throw WorkerError.unexpected(reason: "\(progress.counted) of \(images) pictures were counted")
            }
            let inference = try alone?.outcome()
            let seconds = (whole - (inference?.held ?? .zero)) / .seconds(1)
            return Report(
                imagesPerSecond: Double(images) / seconds,
                feedEfficiency: try EngineOptions.stated(invocation).map { four in
                    Double(try bench.tiles(plan)) / 4 * (four / .seconds(1)) / seconds
                },
                laneFill: metrics.laneFill, ratioToInference: inference.map { seconds / ($0.alone / .seconds(1)) },
                peakMemoryBytes: peak,
                earlyMemoryBytes: early.bytes, decoderMemoryBytes: decoding.ownBytes,
                cpuSecondsPerImage: (used - (inference?.heldProcessorSeconds ?? 0)) / Double(images),
                images: images, tiles: try bench.tiles(plan), engine: engines.identity.kind.rawValue,
                simulated: engines.identity.simulated, cores: settings.cores)
        }
    }

    private static func text(of report: Report) -> String {
        let percent = { (part: Double) in Numbers.fixed(part * 100, digits: 1) + " %" }
        let feed = report.feedEfficiency.map { ", \(percent($0)) of what the card could do" } ?? ""
        let alone = report.ratioToInference.map { ", \(Numbers.fixed($0, digits: 2)) times its launches alone" } ?? ""
        let fill = report.laneFill.map { ", lanes \(percent($0)) full" } ?? ""
        return "\(Numbers.fixed(report.imagesPerSecond, digits: 1)) pictures/s on \(report.engine)"
            + (report.simulated ? " (simulated)" : "") + feed + alone + fill
            + ", \(report.peakMemoryBytes >> 20) MiB at most (\(report.earlyMemoryBytes >> 20) after a tenth)\n"
    }
}
