import Density
import Imaging
import TestSupport
import Testing

/// `headcount model build --images` up to the point where the compiler is needed, which these tests do without.
@Suite struct BuildFromFolderTests {
    private static func build(
        _ images: String, _ folder: TemporaryFolder, _ more: String...
    ) async throws -> RunningProgram.Outcome {
        try await RunningProgram.run(
            [
                "model", "build", Checkout.root + "/Deploy/models/crowd/crowd.json", "--images", images,
                "--out", folder.path + "/built", "--toolchain", folder.path + "/nowhere",
            ] + more)
    }

    @Test("a file that is no picture is named and left out; where there is nothing else the build ends")
    func strays() async throws {
        let folder = try TemporaryFolder()
        try folder.write("bought in May", to: "pictures/notes.txt")
        let none = try await Self.build(folder.path + "/pictures", folder)
        #expect(none.status == 66, "\(none.errors)")
        #expect(none.errorLines.last?.contains("holds no picture") == true, "\(none.errors)")
        for number in 1...3 {
            var noise = Noise(seed: UInt64(number))
            let picture = try PictureEncoder.png(noise.picture(PixelSize(width: 48, height: 32)))
            try folder.write(picture, to: "pictures/\(number).png")
        }
        let outcome = try await Self.build(folder.path + "/pictures", folder)
        #expect(outcome.status == 69, "\(outcome.errors)")
        #expect(outcome.errorLines.count == 2, "\(outcome.errors)")
        #expect(outcome.errorLines.first?.contains("notes.txt left out: ") == true, "\(outcome.errors)")
        #expect(outcome.errorLines.last?.contains("the compiler for BM1684") == true, "\(outcome.errors)")
        // Said before anything is compiled, as is how many have a true count.
        let told = try await Self.build(
            folder.path + "/pictures", folder, "--truth", try folder.write("image,count\n2.png,4\n", to: "truth.csv"))
        #expect(told.errors.contains("3 pictures of \(folder.path)/pictures, 1 with a true count."), "\(told.errors)")
        let unknown = try await Self.build(folder.path + "/pictures", folder, "--match-truth")
        #expect(unknown.status == 64, "\(unknown.errors)")
        #expect(unknown.errorLines.last?.contains("--match-truth needs true counts") == true, "\(unknown.errors)")
    }
}
