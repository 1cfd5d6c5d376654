import Density
import Foundation
import Glibc
import Imaging
import Inference
import TestSupport
import Testing

/// `headcount evaluate --engine int8-reference` with the INT8 network that comes with headcount.
@Suite(.enabled(if: Toolchain.isPresent, "the compiler is not installed: run Deploy/toolchain"))
struct Int8EvaluationTests {
    private let folder: TemporaryFolder
    private let temporary: String

    init() throws {
        folder = try TemporaryFolder()
        temporary = folder.path + "/temporary"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
    }

    private func evaluate(_ count: Int) throws -> RunningProgram {
        var truth = "image,count\n"
        for number in 1...count {
            var noise = Noise(seed: UInt64(number))
            let picture = try PictureEncoder.png(noise.picture(PixelSize(width: 48, height: 32)))
            try folder.write(picture, to: "pictures/\(number).png")
            truth += "\(number).png,3\n"
        }
        return try RunningProgram(
            [
                "evaluate", "--images", folder.path + "/pictures", "--truth", try folder.write(truth, to: "truth.csv"),
                "--model", "crowd-int8", "--engine", "int8-reference", "--json",
                "--toolchain", Checkout.root + "/.runtime/toolchain",
            ], environment: ["TMPDIR": temporary])
    }

    private func left() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: temporary) }

    @Test("leaves nothing behind, and says that its seconds are no card's")
    func cleansUp() async throws {
        let outcome = try await evaluate(1).outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains(#""simulated":true"#), "\(outcome.output)")
        #expect(outcome.errorLines.last?.contains("no card's") == true, "\(outcome.errors)")
        #expect(try left() == [])
    }

    @Test("leaves nothing behind where it is interrupted, or killed", arguments: [SIGTERM, SIGKILL])
    func interrupted(signal: Int32) async throws {
        // Minutes of work, so that the signal comes in the middle.
        let evaluation = try evaluate(200)
        try await waitUntil("the network") {
            try !evaluation.isRunning
                || FileManager.default.fileExists(atPath: temporary + "/" + (try left().first ?? "-") + "/network.mlir")
        }
        evaluation.signal(signal)
        let outcome = try await evaluation.outcome()
        #expect(outcome.status == 128 + signal, "\(outcome.errors)")
        if signal == SIGTERM {
            #expect(outcome.errorLines.last == "headcount: stopped by SIGTERM", "\(outcome.errors)")
            #expect(try left() == [])
        } else {
            // The other process is at a tile, and notices after it.
            try await waitUntil("the end of what it left") { try left() == [] }
        }
    }
}
