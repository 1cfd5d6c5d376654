import Digest
import Foundation
import TestSupport
import Testing

@Suite struct SampleTests {
    /// The digest of every file below a folder, by its name.
    private func digests(in folder: String) throws -> [String: SHA256Digest] {
        var digests: [String: SHA256Digest] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            guard let content = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
            digests[name] = try SHA256Digest(of: [UInt8](content))
        }
        return digests
    }

    @Test("the same seed gives the same bytes, written anew or over what was there, and another seed gives others")
    func seeds() async throws {
        let folder = try TemporaryFolder()
        let places = ["first", "second", "other"].map { folder.path + "/" + $0 }
        for (place, seed) in zip(places + [places[0]], ["6", "6", "7", "6"]) {
            let outcome = try await RunningProgram.run(["sample", place, "--images", "1", "--seed", seed])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output == "")
        }
        let found = try places.map(digests)
        #expect(found[0].keys.contains("truth.csv") && found[0].keys.contains("points.csv"))
        #expect(found[0].count { $0.key.hasPrefix("images/") } == 1)
        #expect(found[0] == found[1])
        #expect(found[0] != found[2])
    }

    @Test("a folder that holds anything else is refused in one line, and left as it was")
    func foreignFolder() async throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "images/holiday.jpg")
        let before = try digests(in: folder.path)
        let outcome = try await RunningProgram.run(["sample", folder.path, "--images", "1"])
        #expect(outcome.status == 73)
        #expect(outcome.errorLines.count == 1 && outcome.errors.contains(folder.path), "\(outcome.errors)")
        #expect(try digests(in: folder.path) == before)
    }
}
