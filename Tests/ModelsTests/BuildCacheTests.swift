import Density
import Foundation
import Glibc
import Imaging
import Inference
import TestSupport
import Testing

@testable import Models

/// Steps of builds, by the compiler's own Python.
@Suite(.enabled(if: Compiler.toolchain != nil, "the compiler is not installed: run Deploy/toolchain"))
struct BuildCacheTests {
    private static let networks = Checkout.root + "/Tests/Networks/"
    private static let expectation = GraphCheck.Expectation(tile: PixelSize(width: 48, height: 32))

    private let folder: TemporaryFolder
    private let cache: BuildCache

    init() throws {
        folder = try TemporaryFolder()
        cache = BuildCache(folder: folder.path + "/builds", toolchain: try #require(Compiler.toolchain))
    }

    private func kept() -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: cache.folder)) ?? []
        return names.filter { access(cache.folder + "/" + $0 + "/.done", F_OK) == 0 }
    }

    @Test("what refuses a network is not kept: it may pass")
    func refusalsAreForgotten() async throws {
        let odd = try folder.write("no network", to: "odd.onnx")
        await #expect(throws: ModelsError.self) {
            try await GraphCheck.run(on: odd, expecting: Self.expectation, cache: cache)
        }
        #expect(kept() == [])
    }

    @Test("of a step that was killed it is said that it was, not what it said last")
    func killed() async throws {
        let step = BuildStep(
            title: "compile", words: ["/bin/sh", "-c", "echo all is well; kill -KILL $$"], inputs: [:], outputs: [])
        let error = await #expect(throws: ModelsError.self) { try await cache.outcome(of: step) }
        #expect("\(try #require(error))".contains("killed (signal 9)"))
        #expect(kept() == [])
    }

    @Test("a network is followed through a relative link, and what a step read is not kept twice")
    func link() async throws {
        try folder.write(Array(Data(contentsOf: URL(filePath: Self.networks + "pooled.onnx"))), to: "place/real.onnx")
        let link = folder.path + "/link.onnx"
        try #require(symlink("place/real.onnx", link) == 0)
        let check = try await GraphCheck.run(on: link, expecting: Self.expectation, cache: cache)
        #expect(check.stride == 4 && check.apart == [])
        let place = cache.folder + "/" + (try #require(kept().first))
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).sorted() == [".done", "log"])
    }

    @Test(
        "a convolution that must not be compiled together with others is told by its name",
        arguments: [("rgb", "density"), ("transposed", "large")])
    func standsApart(network: String, name: String) async throws {
        let check = try await GraphCheck.run(
            on: Self.networks + network + ".onnx", expecting: Self.expectation, cache: cache)
        #expect(check.apart == [name])
    }

    @Test("an empty constant, as PyTorch gives Resize, has no range and ends nothing")
    func emptyConstant() async throws {
        var noise = Noise(seed: 1)
        let tile = try PictureEncoder.png(noise.picture(PixelSize(width: 48, height: 32)))
        let compilation = Compilation(
            network: Self.networks + "resized.onnx",
            input: ModelManifest.Input(width: 48, height: 32, colour: .rgb, mean: [0, 0, 0], scale: [1, 1, 1]),
            cache: cache)
        let ranges = try await compilation.ranges(of: [[tile]])
        #expect(ranges.count == 1 && ranges[0].filter { $0 == 0 }.count == 1, "\(ranges)")
    }

    @Test("what a killed build left is removed after a day, and nothing else")
    func abandoned() throws {
        let process = try RunningProgram([], executable: "/bin/true")
        try #require(waitForEnd(of: process))
        let digest = String(repeating: "ab", count: 32)
        let (old, young) = ("\(digest).\(process.processIdentifier)", "cd\(digest).\(process.processIdentifier)")
        let others = [young, "\(digest).\(getpid())", "\(digest).failed", digest]
        for name in [old] + others { try folder.write("words", to: "builds/\(name)/log") }
        for name in [old] + others.dropFirst() {
            var times = [timeval(tv_sec: 1, tv_usec: 0), timeval(tv_sec: 1, tv_usec: 0)]
            try #require(utimes(cache.folder + "/\(name)/log", &times) == 0)
        }
        cache.removeAbandoned()
        #expect(try FileManager.default.contentsOfDirectory(atPath: cache.folder).sorted() == others.sorted())
    }

    /// Without a number that is another's by now, as far as one can know.
    private func waitForEnd(of process: RunningProgram) -> Bool {
        for _ in 0..<1000 where process.isRunning { usleep(10_000) }
        return !process.isRunning
    }
}

/// The compiler, where `Deploy/toolchain` has set it up.
enum Compiler {
    static let toolchain = try? Toolchain(named: Checkout.root + "/.runtime/toolchain")
}
