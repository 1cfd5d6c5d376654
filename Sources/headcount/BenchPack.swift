import Arguments
import Density
import Glibc
import Terminal

/// `headcount bench pack`
enum BenchPack: Action {
    static let path = ["bench", "pack"]
    static let command = Command(
        "pack", "Measure how fast tiles are packed for a card, beside the same work in NumPy",
        discussion: """
            Packs four tiles of 576x768 (height by width) from decoded RGB into the card's 4N layout, on one
            core. Bytes read and bytes written both count. NumPy's part needs python3 with numpy, and a
            checkout that holds Tests/Benchmarks/pack.py.
            """,
        options: [
            Option("rounds", value: "N", "Rounds on each side, of which the best counts, 1 to 10000 (50)."),
            Option("python", value: "PROGRAM", "The Python that has numpy (python3)."),
            Option(flag: "json", "Print one JSON object."),
        ],
        examples: ["headcount bench pack --json"])

    private struct Report: Encodable {
        let command = "bench pack"
        let gigabytesPerSecond: Double
        let ratioToNumpy: Double?
        let engine = "none"
        let simulated = false
        let version = Version.current
        let cores: Int

        private enum CodingKeys: String, CodingKey {
            case command, engine, simulated, version, cores
            case gigabytesPerSecond = "gigabytes_per_second"
            case ratioToNumpy = "ratio_to_numpy"
        }
    }

    /// The seed's tile, and the preprocessing and input scale of one of its networks.
    private static let tile = PixelSize(width: 768, height: 576)
    private static let preprocessing = Preprocessing(
        colour: .rgb, mean: [113.768, 104.428, 100.746], scale: [0.0136067, 0.0140989, 0.0138326])
    private static let inputScale: Float = 59.5184

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let rounds = try invocation.integer(of: "rounds", in: 1...10_000) ?? 50
        let packing = FourLanePacking(
            tile: tile, quantisation: Quantisation(preprocessing, inputScale: inputScale))
        let bytesPerSecond = packing.throughput(rounds: rounds)
        let bytes = Double(packing.byteCount(tiles: 4) + 4 * tile.area * Picture.channels)
        let numpy = numpySeconds(python: invocation.value(of: "python") ?? "python3", rounds: max(1, rounds / 5))
        let ratio = numpy.map { $0 / (bytes / bytesPerSecond) }
        if ratio == nil {
            context.console.warn(
                "nothing to compare with: it takes a checkout and a Python with numpy (apt-get install python3-numpy, or --python)"
            )
        }
        if invocation.has("json") {
            try context.console.output(
                JSONText.line(
                    Report(
                        gigabytesPerSecond: bytesPerSecond / 1e9, ratioToNumpy: ratio,
                        cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        } else {
            let words = ratio.map { ", \(Numbers.fixed($0, digits: 1)) times as fast as NumPy" } ?? ""
            try context.console.output(
                "four tiles of \(tile): \(Numbers.fixed(bytesPerSecond / 1e9, digits: 1)) GB/s read and written\(words)\n"
            )
        }
        return .success
    }

    /// The best time of the same work in NumPy, in seconds; `nil` where it cannot be done.
    private static func numpySeconds(python: String, rounds: Int) -> Double? {
        PythonScript.number(of: "pack.py", ["\(tile.width)", "\(tile.height)", "\(rounds)"], python: python)
    }
}
