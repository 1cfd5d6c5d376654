import Density
import Imaging
import Postgres
import TestSupport
import Testing

/// The network that comes with the program, on pictures of noise.
@Suite(.enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
struct SameCountTests {
    private struct Setting {
        let workers: Int
        let options: [String]
    }

    private static let settings = [
        Setting(workers: 1, options: ["--threads", "1", "--ahead", "1"]),
        Setting(workers: 1, options: ["--threads", "2", "--ahead", "7"]),
        Setting(workers: 2, options: ["--threads", "2", "--decodes", "1"]),
        Setting(workers: 3, options: ["--threads", "1", "--ahead", "2", "--decode-inside"]),
    ]

    @Test("counts of crowd are the same bits for any number of workers and threads, and any number under way")
    func sameBits() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            for number in 1...6 {
                var noise = Noise(seed: UInt64(number))
                let size = PixelSize(width: 300 + 40 * number, height: 260 + 10 * number)
                try bench.pictures.write(PictureEncoder.png(noise.picture(size)), to: "\(number).png")
            }
            var counts: [[String]] = []
            for (number, setting) in Self.settings.enumerated() {
                let set = "set\(number)"
                _ = try await bench.run(["enqueue", set, "--model", "crowd", "--urls", "-"], input: bench.list(1...6))
                let workers = try (0..<setting.workers).map { _ in
                    try bench.start(
                        ["work", "--drain", "--set", set, "--no-dedupe", "--allow-network", "127.0.0.0/8"]
                            + setting.options)
                }
                for worker in workers {
                    let outcome = try await worker.outcome()
                    #expect(outcome.status == 0, "\(outcome.errors)")
                }
                let rows = try await bench.connection.query(
                    """
                    SELECT url || ' ' || encode(float8send(count), 'hex') AS bits FROM headcount.results
                    WHERE set_name = $1 ORDER BY url
                    """, [set])
                counts.append(try rows.map { try $0.decode(String.self, "bits") })
            }
            #expect(counts[0].count == 6)
            for (number, other) in counts.enumerated() { #expect(other == counts[0], "\(Self.settings[number])") }
        }
    }
}
