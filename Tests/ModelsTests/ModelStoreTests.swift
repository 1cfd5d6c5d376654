import Digest
import Inference
import TestSupport
import Testing

@testable import Models

@Suite struct ModelStoreTests {
    private let folder: TemporaryFolder
    private let store: ModelStore

    init() throws {
        folder = try TemporaryFolder()
        store = ModelStore(folder: folder.path + "/deep/store")
    }

    @Test("What was stored is read back under its digest")
    func storedIsReadBack() throws {
        let content = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
        let digest = try SHA256Digest(of: content)
        #expect(!store.holds(digest))
        let path = try store.store(content, as: digest)
        #expect(path == store.path(of: digest))
        #expect(store.holds(digest))
        #expect(try store.read(digest) == content)
        try store.store(content, as: digest)
        #expect(try store.read(digest) == content)
    }

    @Test("Content of another digest is not stored")
    func otherContentIsRefused() throws {
        let digest = try SHA256Digest(of: [1])
        #expect(throws: ModelsError.self) { try store.store([2], as: digest) }
        #expect(!store.holds(digest))
    }

    @Test("What is not there is named with the folder")
    func absentIsNamed() throws {
        let digest = try SHA256Digest(of: [1])
        #expect(throws: ModelsError.notStored(digest: digest.description, folder: store.folder)) {
            try store.read(digest)
        }
    }

    @Test("A file that was damaged is refused when read and mended when stored again")
    func damagedIsMended() throws {
        let digest = try SHA256Digest(of: [1, 2, 3])
        try store.store([1, 2, 3], as: digest)
        try folder.write([9], to: "deep/store/\(digest)")
        #expect(throws: ModelsError.self) { try store.read(digest) }
        try store.store([1, 2, 3], as: digest)
        #expect(try store.read(digest) == [1, 2, 3])
    }

    @Test("Many that store one file at once leave one whole file")
    func concurrentStores() async throws {
        let content = [UInt8](repeating: 7, count: 300_000)
        let digest = try SHA256Digest(of: content)
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 { group.addTask { [store] in _ = try store.store(content, as: digest) } }
            try await group.waitForAll()
        }
        #expect(try store.read(digest) == content)
    }

    @Test("A network is described with the files of the store")
    func descriptionInStore() throws {
        let manifest = try ModelManifest(json: Array(ManifestText.valid().utf8), source: "crowd.json")
        let digest = try SHA256Digest(of: ManifestText.weights)
        try store.store(ManifestText.weights, as: digest)
        let network = try manifest.description(for: .openvino, in: store)
        #expect(network.files.map(\.path) == [store.path(of: digest)])
    }

    @Test("A folder that cannot be made is named")
    func unwritableIsNamed() throws {
        try folder.write("a file", to: "taken")
        let blocked = ModelStore(folder: folder.path + "/taken/store")
        let error = #expect(throws: ModelsError.self) { try blocked.store([1], as: SHA256Digest(of: [1])) }
        #expect(error?.description.contains(folder.path + "/taken/store") == true)
    }
}
