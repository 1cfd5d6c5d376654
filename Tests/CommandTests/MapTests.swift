import Density
import Foundation
import HTTPServer
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

    @Test("what a run kept is drawn without an engine, as a grid without the picture, and over gray where it is gone")
    func kept() async throws {
        try await CommandBench.with(pictures: 2) { bench in
            _ = try await bench.run(["enqueue", "set", "--density", "--urls", "-"], input: bench.list(1...2))
            let loopback = ["--allow-network", "127.0.0.0/8"]
            _ = try await bench.run(["work", "--drain"] + loopback)
            let url = "\(bench.url)/2.png"
            let file = bench.pictures.path + "/map.png"
            // Without an engine: its library is nowhere.
            func map(_ words: [String]) async throws -> RunningProgram.Outcome {
                try await RunningProgram.run(
                    ["map", "set", url, "--database", bench.database] + words,
                    environment: ["HEADCOUNT_OPENVINO_LIB": "/nowhere"])
            }
            let whole = try await map(["-o", file] + loopback)
            #expect(whole.status == 0 && !whole.errors.contains("warning"), "\(whole.errors)")
            let first = try [UInt8](Data(contentsOf: URL(filePath: file)))

            let other = Picture(size: PixelSize(width: 96, height: 64), colour: PixelColour(red: 0, green: 0, blue: 0))
            try bench.pictures.write(PictureEncoder.png(other), to: "2.png")
            let changed = try await map(["-o", file] + loopback)
            #expect(changed.status == 0 && changed.errors.contains("changed since it was counted"), "\(changed.errors)")
            try FileManager.default.removeItem(atPath: bench.pictures.path + "/2.png")
            let alone = try await map(["-o", file] + loopback)
            #expect(alone.status == 0 && alone.errors.contains("without the picture"), "\(alone.errors)")
            let sheet = try PictureDecoder().decode([UInt8](Data(contentsOf: URL(filePath: file))))
            #expect(sheet.size == (try PictureDecoder().decode(first)).size)

            // Nothing is fetched for the grid: loopback is not even allowed.
            let grid = try await map(["--csv"])
            #expect(grid.status == 0, "\(grid.errors)")
            let people = grid.output.split(separator: "\n").dropFirst()
                .compactMap { $0.split(separator: ",").last.flatMap { Double($0) } }.reduce(0, +)
            let counted = try await bench.connection.query(
                "SELECT count FROM headcount.results WHERE url = $1", [url]
            ).first?.decode(Double.self, "count")
            let count = try #require(counted)
            #expect(count > 0 && (people - count).magnitude < 0.01 * count)
            // Anew there is neither the engine nor the picture.
            #expect(try await map(["--csv", "--anew"] + loopback).status == 69)
        }
    }

    @Test("a picture that needs a password is drawn by the credentials that its workers have")
    func credentials() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            let picture = try [UInt8](Data(contentsOf: URL(filePath: bench.pictures.path + "/1.png")))
            let server = try HTTPServer(port: 0) { request in
                // curator:secret
                guard request.header("Authorization") == "Basic Y3VyYXRvcjpzZWNyZXQ=" else {
                    return .refusal(401, "A password is needed")
                }
                return HTTPResponse(status: 200, headers: [], body: .bytes(picture))
            }
            defer { server.stop() }
            let url = "\(server.url)/1.png"
            let folder = try TemporaryFolder()
            let file = try folder.write("http://127.0.0.1:\(server.port) basic curator secret\n", to: "credentials")
            chmod(file, 0o600)
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: url + "\n")
            let loopback = ["--allow-network", "127.0.0.0/8"]
            let work = try await bench.run(["work", "--drain", "--credentials", file] + loopback)
            #expect(work.status == 0, "\(work.errors)")
            #expect(try await bench.number("SELECT count(*) FROM headcount.counts") == 1)
            #expect(try await bench.run(["map", "set", url, "--csv"] + loopback).status == 69)
            let map = try await bench.run(["map", "set", url, "--csv", "--credentials", file] + loopback)
            #expect(map.status == 0, "\(map.errors)")
            let named = try await RunningProgram.run(
                ["map", "set", url, "--csv", "--database", bench.database] + loopback,
                environment: ["HEADCOUNT_CREDENTIALS": "http://127.0.0.1:\(server.port) basic curator secret"])
            #expect(named.status == 0, "\(named.errors)")
            // As a worker would refuse it.
            let large = try await bench.run(
                ["map", "set", url, "--csv", "--credentials", file, "--max-bytes", "10"] + loopback)
            #expect(large.status == 69, "\(large.errors)")
            let report = folder.path + "/report.html"
            for (words, isDrawn) in [([], false), (["--credentials", file], true)] {
                let outcome = try await bench.run(["report", "set", "-o", report] + words + loopback)
                #expect(outcome.status == 0, "\(outcome.errors)")
                let page = try String(contentsOfFile: report, encoding: .utf8)
                #expect(page.contains("data:image/jpeg") == isDrawn)
            }
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
