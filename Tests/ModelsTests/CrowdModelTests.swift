import Density
import Imaging
import Testing

@testable import Scenes

/// What the default model promises, on scenes that are rendered here: no picture has to be kept for it.
@Suite(
    "The default model",
    .enabled(if: CrowdModel.isPresent, Comment(rawValue: CrowdModel.absence)))
struct CrowdModelTests {
    @Test("mistakes at most 15 % of the people in scenes of the sample archive")
    func sampleArchive() async throws {
        let counter = try CrowdModel.counter()
        var (mistaken, people) = (0.0, 0.0)
        for scene in try CrowdModel.scenes(seed: 1, limit: 6, where: { !$0.people.isEmpty }) {
            let truth = Double(scene.heads.count)
            mistaken += abs(try await counter.count(scene.encoded) - truth)
            people += truth
        }
        #expect(people > 100)
        #expect(mistaken <= 0.15 * people, "\(mistaken) of \(people) people")
    }

    @Test("sees fewer than two people where nobody is")
    func emptyScenes() async throws {
        let counter = try CrowdModel.counter()
        let size = PixelSize(width: 640, height: 480)
        for level in [UInt8(0), 128, 255] {
            let colour = PixelColour(red: level, green: level, blue: level)
            #expect(try await counter.count(Picture(size: size, colour: colour)) < 2, "all pixels are \(level)")
        }
        for scene in try CrowdModel.scenes(seed: 7, limit: 2, where: \.people.isEmpty) {
            #expect(try await counter.count(scene.encoded) < 2, "\(scene.fileName)")
        }
    }

    @Test("counts a gray, a dark, a turned and a heavily compressed copy much as the picture itself")
    func copies() async throws {
        let counter = try CrowdModel.counter()
        let scenes = try CrowdModel.scenes(seed: 2, limit: 9) { $0.people.count > 20 }
        var moved: [String: [Double]] = [:]
        for scene in scenes {
            let plain = try await counter.count(scene.picture)
            for (name, copy) in try PictureCopies.all(of: scene.picture) {
                moved[name, default: []].append(abs(try await counter.count(copy) - plain) / plain)
            }
        }
        #expect(moved.count == 4)
        for (name, values) in moved {
            #expect(values.count >= 8)
            #expect(values.sorted()[values.count / 2] < 0.25, "\(name): \(values)")
        }
    }

    @Test("counts in INT8 on the CPU as it does in FP32, within 5 %")
    func quantised() async throws {
        let (full, reduced) = (try CrowdModel.counter(), try CrowdModel.counter("crowd-int8"))
        var sums = (full: 0.0, reduced: 0.0)
        for scene in try CrowdModel.scenes(seed: 2, limit: 3, where: { $0.people.count > 20 }) {
            sums.full += try await full.count(scene.encoded)
            sums.reduced += try await reduced.count(scene.encoded)
        }
        #expect(sums.full > 20)
        #expect(abs(sums.reduced - sums.full) / sums.full < 0.05, "\(sums)")
    }
}
