import Arguments
import Concurrency
import Density
import Fetch
import FoundationEssentials
import Glibc
import Imaging
import Isolation
import Models
import Telemetry
import Terminal

/// `headcount bench fetch`
enum BenchFetch: Action {
    static let path = ["bench", "fetch"]
    static let command = Command(
        "fetch", "Measure how many pictures are fetched and resized per second of processor time",
        discussion: """
            Fetches every URL of a list, decodes and resizes it, and writes it as JPEG where a folder is
            given; nothing is counted. What cannot be fetched or decoded is left out and told of. The
            processor time is of this process and of those that decode, their start included.
            """,
        options: [
            Option("urls", value: "FILE", "URLs, a line each."),
            Option("to", value: "WxH", "Size to bring the pictures to (256x256)."),
            Option("output", value: "DIR", "Folder to write JPEGs of quality 95 to (none are written)."),
            Option("fetches", value: "N", "Pictures fetched at once, 1 to 256 (16)."),
            NetworkOption.option,
            DecoderOptions.inside,
            Option(flag: "json", "Print one JSON object."),
        ],
        examples: ["headcount bench fetch --urls urls.txt --allow-network 127.0.0.0/8 --json"])

    private struct Report: Encodable {
        let command = "bench fetch"
        let imagesPerCPUSecond: Double
        let imagesPerSecond: Double
        let images: Int
        let failed: Int
        let engine = "none"
        let simulated = false
        let version = Version.current
        let cores: Int

        private enum CodingKeys: String, CodingKey {
            case command, images, failed, engine, simulated, version, cores
            case imagesPerCPUSecond = "images_per_cpu_second"
            case imagesPerSecond = "images_per_second"
        }
    }

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        guard let list = invocation.value(of: "urls") else {
            throw UsageError.conflict("--urls FILE is missing", path: invocation.path)
        }
        guard let content = FileManager.default.contents(atPath: list) else {
            throw ModelsError.unreadable(path: list, reason: "no such file, or not yours to read")
        }
        let urls = String(decoding: content, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
        let target = try BenchPictures.size(of: "to", invocation) ?? PixelSize(width: 256, height: 256)
        let fetcher = try Fetcher(WorkOptions.fetching(invocation))
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let (fetches, decodes) = (
            Gate(limit: try invocation.integer(of: "fetches", in: 1...256) ?? 16), Gate(limit: cores)
        )
        let output = invocation.value(of: "output")
        let decoder = DecoderOptions.decoder(invocation, atOnce: cores)
        let (cpu, started) = (ProcessUsage.cpuSeconds, ContinuousClock.now)
        let done = await withTaskGroup(of: Bool.self) { group in
            for (number, url) in urls.enumerated() {
                group.addTask {
                    do {
                        let bytes = try await fetches.withPlace { try await fetcher.fetch(url).bytes }
                        try await decodes.withPlace {
                            let picture = try await decoder.decode(bytes, resizedTo: target, by: .bilinear)
                            if let output { try await write(picture, to: "\(output)/\(number).jpg") }
                        }
                        return true
                    } catch {
                        context.console.warn(ErrorLine.text(of: error))
                        return false
                    }
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        let used = ProcessUsage.cpuSeconds - cpu + (await DecoderOptions.usage(of: decoder)).processorSeconds
        let report = Report(
            imagesPerCPUSecond: Double(done) / used,
            imagesPerSecond: Double(done) / (started.duration(to: .now) / .seconds(1)), images: done,
            failed: urls.count - done, cores: cores)
        if invocation.has("json") {
            try context.console.output(JSONText.line(report))
        } else {
            try context.console.output(
                "\(Numbers.fixed(report.imagesPerCPUSecond, digits: 1)) pictures per second of processor time, "
                    + "\(Numbers.fixed(report.imagesPerSecond, digits: 1)) a second\n")
        }
        return .success
    }

    @concurrent
    private static func write(_ picture: Picture, to path: String) async throws {
        let encoded = try PictureEncoder.jpeg(picture, quality: 95)
        guard FileManager.default.createFile(atPath: path, contents: Data(encoded)) else {
            throw ModelsError.unwritable(path: path, reason: "the folder must be there and be yours")
        }
    }
}
