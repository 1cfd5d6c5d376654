import Concurrency
import TestSupport
import Testing

@testable import Scenes

@Suite("A sample archive")
struct SampleArchiveTests {
    /// Small pictures: what is tested here does not depend on their size.
    private let renderer = SceneRenderer(seed: 3, reduction: 8)

    private func write(_ images: Int, to folder: TemporaryFolder, _ renderer: SceneRenderer) throws -> SampleSummary {
        try SampleArchive.write(to: folder.path, images: images, renderer: renderer) { _ in }
    }

    @Test("has one line of truth for each picture, and one point for each head it counts")
    func truthAgreesWithPoints() throws {
        let folder = try TemporaryFolder()
        let summary = try write(6, to: folder, renderer)
        let truth = folder.lines(of: "truth.csv")
        let points = folder.lines(of: "points.csv")
        #expect(truth.first == "image,count")
        #expect(points.first == "image,x,y")
        let names = folder.names(in: "images")
        #expect(truth.dropFirst().map { String($0.prefix { $0 != "," }) } == names)
        for line in truth.dropFirst() {
            let fields = line.split(separator: ",")
            let own = points.filter { $0.hasPrefix(fields[0] + ",") }
            #expect(Int(fields[1]) == own.count)
        }
        #expect(summary.images == 6)
        #expect(summary.heads == points.count - 1)
        #expect(summary.heads > 0)
        #expect(summary.bytes == names.reduce(0) { $0 + folder.bytes(of: "images/" + $1).count })
    }

    @Test("of more pictures begins with those of a smaller one")
    func largerArchiveExtendsSmaller() throws {
        let (small, large) = (try TemporaryFolder(), try TemporaryFolder())
        _ = try write(2, to: small, renderer)
        _ = try write(5, to: large, renderer)
        for name in small.names(in: "images") {
            #expect(small.bytes(of: "images/" + name) == large.bytes(of: "images/" + name), "\(name) differs")
        }
        #expect(large.lines(of: "truth.csv").starts(with: small.lines(of: "truth.csv")))
        #expect(large.lines(of: "points.csv").starts(with: small.lines(of: "points.csv")))
    }

    @Test("is written over by a smaller one, which leaves none of its pictures")
    func smallerArchiveReplacesLarger() throws {
        let (folder, fresh) = (try TemporaryFolder(), try TemporaryFolder())
        _ = try write(4, to: folder, renderer)
        _ = try write(2, to: folder, renderer)
        _ = try write(2, to: fresh, renderer)
        #expect(folder.names() == [".headcount-sample", "images", "points.csv", "truth.csv"])
        #expect(folder.names(in: "images") == fresh.names(in: "images"))
        #expect(folder.bytes(of: "points.csv") == fresh.bytes(of: "points.csv"))
    }

    @Test("takes up the folder of an archive whose writing was cut off")
    func cutOffArchiveIsTakenUp() throws {
        let folder = try TemporaryFolder()
        _ = try write(2, to: folder, renderer)
        try folder.write("half a picture", to: "images/0002.jpg.part")
        _ = try write(2, to: folder, renderer)
        #expect(!folder.names(in: "images").contains("0002.jpg.part"))
    }

    @Test("is not written over somebody else's pictures, however alike they lie")
    func foreignArchiveIsRefused() throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "images/0001.jpg")
        try folder.write("image,count\n0001.jpg,3\n", to: "truth.csv")
        #expect(throws: ScenesError.foreignFolder(path: folder.path, entry: "images")) {
            try write(1, to: folder, renderer)
        }
        #expect(folder.bytes(of: "images/0001.jpg") == Array("mine".utf8))
        #expect(folder.lines(of: "truth.csv").count == 2)
    }

    @Test("is not written into a folder with other files in it, which stay", arguments: ["notes.txt", "images"])
    func foreignFolderIsRefused(entry: String) throws {
        let folder = try TemporaryFolder()
        if entry == "images" {
            _ = try write(1, to: folder, renderer)
            try folder.write("mine", to: "images/holiday.jpg")
        } else {
            try folder.write("mine", to: entry)
        }
        let foreign = entry == "images" ? "images/holiday.jpg" : entry
        let before = folder.names()
        #expect(throws: ScenesError.foreignFolder(path: folder.path, entry: foreign)) {
            try write(1, to: folder, renderer)
        }
        #expect(folder.names() == before)
        #expect(folder.bytes(of: foreign) == Array("mine".utf8))
    }

    @Test("says which path cannot be written")
    func pathThatIsAFileIsNamed() throws {
        let folder = try TemporaryFolder()
        try folder.write("mine", to: "file")
        let path = folder.path + "/file"
        #expect(throws: ScenesError.notWritten(path: path, reason: "Not a directory")) {
            try SampleArchive.write(to: path, images: 1, seed: 1) { _ in }
        }
    }

    @Test("tells its progress one picture at a time")
    func progressAscends() throws {
        let folder = try TemporaryFolder()
        let told = Locked<[Int]>([])
        _ = try SampleArchive.write(to: folder.path, images: 5, renderer: renderer) { done in
            told.withLock { $0.append(done) }
        }
        #expect(told.withLock { $0 } == [1, 2, 3, 4, 5])
    }
}
