import Density
import FoundationEssentials
import Imaging
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
struct MapTests {
    @Test("a picture's map: a sheet to look at, and a grid that sums to its count")
    func map() async throws {
        try await CommandBench.with(pictures: 2) { bench in
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...2))
            let loopback = ["--allow-network", "127.0.0.0/8"]
            _ = try await bench.run(["work", "--drain"] + loopback)
            let url = "\(bench.url)/2.png"
            let file = bench.pictures.path + "/map.png"
            let drawn = try await bench.run(["map", "set", url, "-o", file] + loopback)
            #expect(drawn.status == 0, "\(drawn.errors)")
            #expect(drawn.output == "")
            let sheet = try PictureDecoder().decode([UInt8](Data(contentsOf: URL(filePath: file))))
            #expect(sheet.size.width >= 96 && sheet.size.height > 64)

            let grid = try await bench.run(["map", "set", url, "--csv"] + loopback)
            let cells = grid.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
            #expect(cells.count == 96 / 4 * 64 / 4)
            let people = cells.compactMap { $0.last.flatMap { Double($0) } }.reduce(0, +)
            let counted = try await bench.connection.query(
                "SELECT count FROM headcount.results WHERE url = $1", [url]
            ).first?.decode(Double.self, "count")
            #expect(try #require(counted) > 0)
            #expect((people - (counted ?? 0)).magnitude < 0.001)
        }
    }

    @Test("what cannot be drawn is one line and its own status")
    func refusals() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...1))
            let url = "\(bench.url)/1.png"
            for (words, status) in [
                (["nowhere", url, "--csv"], 65), (["set", "http://host/none.png", "--csv"], 65),
                // Loopback is not allowed.
                (["set", url, "--csv"], 69), (["set", url, "-o", "map.gif"], 64), (["set", url], 64),
                (["set", url, "-o", "/nowhere/map.png", "--allow-network", "127.0.0.0/8"], 73),
            ] {
                let outcome = try await bench.run(["map"] + words)
                #expect(outcome.status == status, "\(words): \(outcome.errors)")
                #expect(outcome.errorLines.last?.hasPrefix("headcount: ") == true, "\(outcome.errors)")
            }
        }
    }
}
