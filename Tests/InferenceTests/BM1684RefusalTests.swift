import Density
import Glibc
import Inference
import TestSupport
import Testing

@Suite(.enabled(if: BM1684Simulator.isInstalled, BM1684Simulator.absence))
struct BM1684RefusalTests {
    /// The line with which the engine refuses `network`.
    private func refusal(of network: NetworkDescription) async throws -> String {
        try await BM1684Simulator.use { library in
            do {
                let engine = try await BM1684Engine(network, library: library, card: 0)
                await engine.close()
            } catch {
                return "\(error)"
            }
            return "not refused"
        }
    }

    /// A copy of the one-tile model with `change` made to its bytes, in a file that is removed afterwards.
    private func refusal(ofCopyWith change: (inout [UInt8]) -> Void) async throws -> String {
        var bytes = TinyNetwork.bytes(TinyNetwork.path("tiny-int8-b1.bmodel"))
        change(&bytes)
        var path = Array("/tmp/headcount-model-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        try #require(descriptor >= 0)
        let name = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { unlink(name) }
        #expect(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        return try await refusal(of: TinyNetwork.description(files: [.init(path: name, batch: 1)]))
    }

    @Test("A model for another chip is refused by the chip's name")
    func otherChipIsRefused() async throws {
        let line = try await refusal(ofCopyWith: { bytes in
            guard let place = bytes.indices.first(where: { bytes[$0...].starts(with: "BM1684".utf8) }) else { return }
            bytes.replaceSubrange(place..<place + 6, with: "BM1690".utf8)
        })
        #expect(line.contains("BM1690") && line.contains("BM1684"), "\(line)")
    }

    @Test("Files that are no models are refused, however they begin")
    func garbageIsRefused() async throws {
        #expect(try await refusal(ofCopyWith: { $0 = Array("not a model".utf8) }).contains("no compiled model"))
        #expect(try await refusal(ofCopyWith: { $0 = [] }).contains("no compiled model"))
        #expect(try await refusal(ofCopyWith: { $0.removeLast($0.count - 100) }).contains("no compiled model"))
        #expect(try await refusal(ofCopyWith: { $0.removeLast($0.count - 9000) }).contains("bmrt_load_bmodel"))
        let missing = TinyNetwork.description(files: [.init(path: "/nowhere.bmodel", batch: 1)])
        #expect(try await refusal(of: missing).contains("No such file"))
    }

    @Test("A network of two inputs is refused")
    func twoInputsAreRefused() async throws {
        let line = try await refusal(
            of: TinyNetwork.description(files: [.init(path: TinyNetwork.path("tiny-two-inputs-b1.bmodel"), batch: 1)]))
        #expect(line.contains("2 inputs") && line.contains("one input"), "\(line)")
    }

    @Test(
        "Files for one and for four tiles of unlike networks are refused, whichever needs more memory",
        arguments: [("float", "int8"), ("int8", "float"), ("int8-out", "int8")])
    func unlikeFilesAreRefused(one: String, four: String) async throws {
        let line = try await refusal(
            of: TinyNetwork.description(files: [
                .init(path: TinyNetwork.path("tiny-\(one)-b1.bmodel"), batch: 1),
                .init(path: TinyNetwork.path("tiny-\(four)-b4.bmodel"), batch: 4),
            ]))
        #expect(line.contains("two files of one network"), "\(line)")
    }

    @Test("Files of one form with unlike weights are refused", arguments: [("float", "int8-cast")])
    func unlikeWeightsAreRefused(one: String, four: String) async throws {
        let line = try await refusal(
            of: TinyNetwork.description(files: [
                .init(path: TinyNetwork.path("tiny-\(one)-b1.bmodel"), batch: 1),
                .init(path: TinyNetwork.path("tiny-\(four)-b4.bmodel"), batch: 4),
            ]))
        #expect(line.contains("other weights") && line.contains("two files of one network"), "\(line)")
    }

    @Test("A file of another batch, tile or stride than the manifest says is refused with both shapes")
    func otherShapesAreRefused() async throws {
        let path = TinyNetwork.path("tiny-int8-b1.bmodel")
        let batch = try await refusal(of: TinyNetwork.description(files: [.init(path: path, batch: 4)]))
        #expect(batch.contains("1x3x48x64") && batch.contains("4x3x48x64"), "\(batch)")
        let tile = try await refusal(
            of: TinyNetwork.description(
                files: [.init(path: path, batch: 1)], tile: PixelSize(width: 48, height: 64)))
        #expect(tile.contains("1x3x48x64") && tile.contains("1x3x64x48"), "\(tile)")
        let stride = try await refusal(
            of: TinyNetwork.description(files: [.init(path: path, batch: 1)], stride: 8))
        #expect(stride.contains("1x1x12x16") && stride.contains("1x1x6x8"), "\(stride)")
        let two = try await refusal(of: TinyNetwork.description(files: [.init(path: path, batch: 2)]))
        #expect(two.contains("batches of 2"), "\(two)")
    }

    @Test("A tile of another size is refused before anything is launched")
    func otherTileSizeThrows() async throws {
        try await BM1684Simulator.run(TinyNetwork.description("int8")) { engine in
            let small = Tile(
                Picture(
                    size: PixelSize(width: 48, height: 64), colour: PixelColour(red: 0, green: 0, blue: 0)))
            await #expect(throws: InferenceError.tileSize(found: "48x64", needed: "64x48")) {
                try await engine.densities(of: [small])
            }
        }
    }

    @Test("A card that is not there is refused by its name")
    func absentCardIsRefused() async throws {
        try await BM1684Simulator.use { library in
            do {
                let engine = try await BM1684Engine(TinyNetwork.description("int8"), library: library, card: 7)
                await engine.close()
                Issue.record("card 7 was opened")
            } catch {
                #expect("\(error)".contains(":7"), "\(error)")
            }
        }
    }

    @Test("Libraries that are not there are named with the places looked in")
    func absentLibraryIsNamed() {
        #expect {
            try SophonLibrary(folder: "/nowhere")
        } throws: { error in
            let line = "\(error)"
            return line.contains("libbmlib") && line.contains("/nowhere")
        }
    }

    @Test("A library that lacks a call is named with the call")
    func missingCallIsNamed() throws {
        var template = Array("/tmp/headcount-sophon-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&template))
        let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        let links = [folder + "/libbmlib.so.0", folder + "/libbmrt.so.1.0"]
        defer {
            for link in links { unlink(link) }
            rmdir(folder)
        }
        // A library that loads and is neither of the two.
        for link in links { symlink(BM1684Simulator.folder + "/libcmodel_bm1684.so", link) }
        #expect(throws: InferenceError.symbolMissing(library: links[0], symbol: "bm_dev_getcount")) {
            try SophonLibrary(folder: folder)
        }
    }
}
