import Glibc
import TestSupport
import Testing

@testable import Inference

struct BM1684ModelFileTests {
    /// The chip that the head of these bytes names; `nil` where they are refused. All else is read of it too.
    private func chip(in bytes: [UInt8]) throws -> String? {
        var path = Array("/tmp/headcount-model-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        try #require(descriptor >= 0)
        let name = String(decoding: path.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { unlink(name) }
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        return try? BM1684ModelFile(path: name, model: "m").chip
    }

    @Test("The chip of every test model is read", arguments: ["tiny-int8-b1", "tiny-int8-b4", "tiny-float-b4"])
    func chipIsRead(name: String) throws {
        #expect(try BM1684ModelFile(path: TinyNetwork.path(name + ".bmodel"), model: name).chip == "BM1684")
    }

    // The vendor's model_tool --info tells the same weights and commands, and as "runtime" the work and the input.
    @Test("What a model takes of the chip's memory is read")
    func memoryIsRead() throws {
        let memory = try BM1684ModelFile(path: TinyNetwork.path("tiny-int8-b4.bmodel"), model: "tiny").memory
        #expect(memory.weights == 24576)
        #expect(memory.commands == 3584)
        #expect(memory.work == 176_128)
        #expect(memory.tensors == 36864 + 3072)
        #expect(memory.total == 244_224)
    }

    @Test(
        "The work memory of every test model is read",
        arguments: [
            ("tiny-int8-b1", 176_128), ("tiny-int8-b4", 176_128), ("tiny-float-b1", 40_960), ("tiny-float-b4", 151_552),
        ])
    func workMemoryIsRead(name: String, bytes: Int) throws {
        #expect(try BM1684ModelFile(path: TinyNetwork.path(name + ".bmodel"), model: name).memory.work == bytes)
    }

    @Test("The types, scales and store modes of a model's tensors are read, also what the file leaves to the schema")
    func tensorsAreRead() throws {
        func head(_ name: String) throws -> BM1684ModelFile {
            try BM1684ModelFile(path: TinyNetwork.path("tiny-\(name)-b4.bmodel"), model: name)
        }
        let real = BM1684ModelFile.Tensor(type: 0, scale: 1, storeMode: 0)
        let image = BM1684ModelFile.Tensor(type: 2, scale: 59.496738, storeMode: 2)
        #expect(try head("float").inputs == [real])
        #expect(try head("float").outputs == [real])
        #expect(try head("int8").inputs == [image])
        #expect(try head("int8").outputs == [real])
        #expect(try head("int8-unit").inputs == [BM1684ModelFile.Tensor(type: 2, scale: 1, storeMode: 2)])
        #expect(try head("int8-out").outputs == [.init(type: 3, scale: 0.0068418803, storeMode: 2)])
    }

    @Test("The digest of a model's weights is read: one for one tile and for four, another for another network")
    func weightsDigestIsRead() throws {
        func digest(_ path: String) throws -> [UInt8] { try BM1684ModelFile(path: path, model: path).weightsDigest }
        func tiny(_ name: String) throws -> [UInt8] { try digest(TinyNetwork.path("tiny-\(name).bmodel")) }
        let hexadecimal = try tiny("int8-b1").map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        #expect(hexadecimal == "7740873b33f4e6a02dda6cacb74989ef041c716d56c75ef35f6416cbb61ad672")
        #expect(try tiny("int8-b1") == tiny("int8-b4"))
        #expect(try tiny("float-b1") == tiny("float-b4"))
        let folder = Checkout.root + "/Deploy/models/crowd/"
        for name in ["int8", "mixed"] {
            #expect(try digest(folder + "crowd-\(name)-b1.bmodel") == digest(folder + "crowd-\(name)-b4.bmodel"))
        }
        // The last is the same network under another calibration.
        #expect(try Set([tiny("float-b4"), tiny("int8-b4"), tiny("int8-cast-b4"), tiny("int8-unit-b4")]).count == 4)
    }

    @Test("A head cut anywhere or changed anywhere is read or refused, and never read beyond its end")
    func damagedHeadsAreSafe() throws {
        let head = Array(TinyNetwork.bytes(TinyNetwork.path("tiny-int8-b1.bmodel")).prefix(400))
        for length in stride(from: 0, to: head.count, by: 7) { _ = try chip(in: Array(head.prefix(length))) }
        for place in 0..<160 {
            for value in [UInt8](arrayLiteral: 0, 0x7F, 0xFF) {
                var changed = head
                changed[place] = value
                if let chip = try chip(in: changed) { #expect(chip.utf8.count < 192) }
            }
        }
        #expect(try chip(in: []) == nil)
    }
}
