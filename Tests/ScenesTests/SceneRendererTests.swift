import Density
import Imaging
import Testing

@testable import Scenes

@Suite("A scene renderer")
struct SceneRendererTests {
    @Test("gives the same picture, heads and bytes for the same seed and number")
    func sameSeedGivesSameBytes() throws {
        let (one, other) = (SceneRenderer(seed: 11, reduction: 8), SceneRenderer(seed: 11, reduction: 8))
        for index in 0..<3 {
            #expect(try one.render(one.scene(index)) == other.render(other.scene(index)))
        }
    }

    @Test(
        "gives the pixels and heads it gave on the machine where it was written",
        arguments: [(0, 3_217_031_232_833_548_002), (1, 3_929_802_477_963_459_562), (2, 12_412_683_444_534_227_739)])
    func pixelsAreThoseOfEveryMachine(index: Int, checksum: UInt64) throws {
        let renderer = SceneRenderer(seed: 2026, reduction: 8)
        let rendered = try renderer.render(renderer.scene(index))
        // FNV-1a. A change of what is drawn changes these; nothing else may: neither processor, build nor C library.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        let heads = rendered.heads.map { "\($0.x),\($0.y);" }.joined()
        for byte in rendered.picture.pixels + Array(heads.utf8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        #expect(hash == checksum)
    }

    @Test("gives another picture for another seed")
    func otherSeedGivesOtherPicture() throws {
        let (one, other) = (SceneRenderer(seed: 1, reduction: 8), SceneRenderer(seed: 2, reduction: 8))
        #expect(try one.render(one.scene(0)).encoded != other.render(other.scene(0)).encoded)
    }

    @Test("puts every head inside its picture")
    func headsLieInsidePictures() throws {
        let renderer = SceneRenderer(seed: 5, reduction: 8)
        for index in 0..<6 {
            let rendered = try renderer.render(renderer.scene(index))
            for head in rendered.heads {
                #expect(head.x >= 0 && head.x < Double(rendered.picture.size.width))
                #expect(head.y >= 0 && head.y < Double(rendered.picture.size.height))
            }
        }
    }

    @Test("writes the format that the file's name says", arguments: [Scene.Format.png, .jpeg(quality: 80)])
    func encodedFormatMatchesName(format: Scene.Format) throws {
        let scene = TestScene.scene(people: [], format: format)
        let rendered = try SceneRenderer(seed: 1).render(scene)
        #expect(rendered.fileName == (format == .png ? "0001.png" : "0001.jpg"))
        #expect(rendered.encoded.starts(with: format == .png ? [0x89, 0x50, 0x4E, 0x47] : [0xFF, 0xD8, 0xFF]))
    }

    @Test("finds empty, loose and dense scenes, in many sizes, both formats and every light")
    func scenesVary() {
        let renderer = SceneRenderer(seed: 1)
        let scenes = (0..<300).map { renderer.scene($0) }
        #expect(scenes.contains { $0.people.isEmpty })
        #expect(scenes.contains { (1...20).contains($0.people.count) })
        #expect(scenes.contains { $0.people.count > 1000 })
        #expect(Set(scenes.map(\.size)).count >= 8)
        #expect(scenes.contains { $0.size.height > $0.size.width })
        #expect(scenes.allSatisfy { $0.size.area >= 640 * 480 && $0.size.area <= 2048 * 1536 })
        #expect(scenes.contains { $0.format == .png })
        #expect(scenes.contains { $0.format != .png })
        #expect(Set(scenes.map(\.lighting.mood)).count == Lighting.Mood.allCases.count)
        #expect(scenes.contains { $0.film.tint == .gray })
    }

    @Test("counts a head that stands free, and its point lies on it")
    func freeHeadCounts() throws {
        let rendered = try SceneRenderer(seed: 1).render(TestScene.scene(people: [TestScene.person(x: 0, z: 4)]))
        let head = try #require(rendered.heads.first)
        #expect(rendered.heads.count == 1)
        // The camera stands at 1.6 m and looks level, so that a head of 1.75 m is a little above the middle.
        #expect(abs(head.x - 120) < 6)
        #expect(head.y > 70 && head.y < 92)
    }

    @Test("does not count a head that is drawn behind another")
    func hiddenHeadDoesNotCount() throws {
        let front = TestScene.person(x: 0, z: 3)
        let hidden = TestScene.person(x: 0, z: 6)
        let beside = TestScene.person(x: 1.5, z: 6)
        let renderer = SceneRenderer(seed: 1)
        #expect(try renderer.render(TestScene.scene(people: [hidden])).heads.count == 1)
        #expect(try renderer.render(TestScene.scene(people: [front, hidden])).heads.count == 1)
        #expect(try renderer.render(TestScene.scene(people: [front, beside])).heads.count == 2)
    }

    @Test("counts heads by the part of them that shows as people step apart")
    func countGrowsWithWhatShows() throws {
        let renderer = SceneRenderer(seed: 1)
        let counts = try [0, 0.05, 0.4, 0.8].map { aside in
            try renderer.render(
                TestScene.scene(people: [TestScene.person(x: 0, z: 3), TestScene.person(x: aside, z: 6)])
            ).heads.count
        }
        #expect(counts == [1, 1, 2, 2])
    }

    @Test("does not count a head whose middle lies outside the picture", arguments: [-2.45, 2.45, 40] as [Float])
    func headOutsideDoesNotCount(x: Float) throws {
        let scene = TestScene.scene(people: [TestScene.person(x: x, z: 4)])
        #expect(try SceneRenderer(seed: 1).render(scene).heads.isEmpty)
    }
}
