import Arguments
import Density
import FoundationEssentials
import Glibc
import Imaging
import Isolation
import Models
import Telemetry
import Terminal

/// `headcount bench decode`
enum BenchDecode: Action {
    static let path = ["bench", "decode"]
    static let command = Command(
        "decode", "Measure how fast pictures are decoded and resized, beside the same work in OpenCV",
        discussion: """
            On one thread, processor time, the best of a few rounds. Without files, JPEGs of its own of
            2048x1536. OpenCV's part needs python3 with opencv-python-headless, and a checkout that holds
            Tests/Benchmarks/decode.py.
            """,
        positionals: [Positional("FILE", "Pictures to decode.", occurrence: .repeated)],
        options: [
            Option("to", value: "WxH", "Size to bring them to (1536x1152)."),
            Option("rounds", value: "N", "Rounds on each side, of which the best counts, 1 to 1000 (5)."),
            Option(flag: "isolated", "Decode in a process of its own, as workers do; its start is not counted."),
            Option("python", value: "PROGRAM", "The Python that has OpenCV (python3)."),
            Option(flag: "json", "Print one JSON object."),
        ],
        examples: ["headcount bench decode --json", "headcount bench decode --to 768x576 *.jpg"])

    private struct Report: Encodable {
        let command = "bench decode"
        let cpuMsPerImage: Double
        /// Ours divided by OpenCV's: under 1 is faster.
        let ratioToOpencv: Double?
        let images: Int
        let engine = "none"
        let simulated = false
        let version = Version.current
        let cores: Int

        private enum CodingKeys: String, CodingKey {
            case command, images, engine, simulated, version, cores
            case cpuMsPerImage = "cpu_ms_per_image"
            case ratioToOpencv = "ratio_to_opencv"
        }
    }

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let target = try BenchPictures.size(of: "to", invocation) ?? PixelSize(width: 1536, height: 1152)
        let rounds = try invocation.integer(of: "rounds", in: 1...1000) ?? 5
        let (ours, opencv, images) = try await BenchPictures.withFiles(invocation) { paths in
            let files = try paths.map { path in
                guard let content = FileManager.default.contents(atPath: path) else {
                    throw ModelsError.unreadable(path: path, reason: "no such file, or not yours to read")
                }
                let file = [UInt8](content)
                // Once before it counts, so that one that cannot be decoded is named.
                _ = try BenchPictures.naming(path) { () throws(ImagingError) in
                    try PictureDecoder().decode(file, resizedTo: target)
                }
                return file
            }
            let seconds =
                invocation.has("isolated")
                ? try await isolated(rounds, files, target) : try best(of: rounds, files, target)
            let others = PythonScript.number(
                of: "decode.py", ["\(target.width)", "\(target.height)", "\(rounds)"] + paths,
                python: invocation.value(of: "python") ?? "python3")
            return (seconds, others, paths.count)
        }
        let ratio = opencv.map { ours / $0 }
        if invocation.has("json") {
            try context.console.output(
                JSONText.line(
                    Report(
                        cpuMsPerImage: ours * 1000, ratioToOpencv: ratio, images: images,
                        cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        } else {
            let words = ratio.map { ", \(Numbers.fixed($0 * 100, digits: 0)) % of OpenCV's time" } ?? ""
            try context.console.output("\(Numbers.fixed(ours * 1000, digits: 1)) ms a picture\(words)\n")
        }
        return .success
    }

    /// Seconds of processor time per picture.
    private static func best(of rounds: Int, _ files: [[UInt8]], _ target: PixelSize) throws -> Double {
        let decoder = PictureDecoder()
        var best = Double.infinity
        for _ in 0..<rounds {
            let started = ProcessUsage.cpuSeconds
            for file in files { _ = try decoder.decode(file, resizedTo: target) }
            best = min(best, ProcessUsage.cpuSeconds - started)
        }
        return best / Double(files.count)
    }

    /// The same of this process and the one that decodes, with the question for the header that a worker asks first.
    private static func isolated(_ rounds: Int, _ files: [[UInt8]], _ target: PixelSize) async throws -> Double {
        let decoder = DecoderPool(program: "/proc/self/exe", processes: 1)
        if let first = files.first { _ = try await decoder.decode(first, resizedTo: target, by: .bilinear) }
        func seconds() async -> Double { ProcessUsage.cpuSeconds + (await decoder.usage).processorSeconds }
        var best = Double.infinity
        for _ in 0..<rounds {
            let started = await seconds()
            for file in files {
                _ = try await decoder.header(of: file)
                _ = try await decoder.decode(file, resizedTo: target, by: .bilinear)
            }
            best = min(best, await seconds() - started)
        }
        await decoder.close()
        return best / Double(files.count)
    }
}
