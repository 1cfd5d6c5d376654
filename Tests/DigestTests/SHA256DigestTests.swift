import TestSupport
import Testing

@testable import Digest

@Suite struct SHA256DigestTests {
    /// Messages and digests of FIPS 180-4, and of the vectors NIST publishes with it.
    private static let vectors: [(message: [UInt8], hex: String)] = [
        ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (Array("abc".utf8), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test("The published messages have their published digests", arguments: vectors.indices)
    func publishedVectors(index: Int) throws {
        let (message, hex) = Self.vectors[index]
        #expect(try SHA256Digest(of: message).description == hex)
    }

    @Test("Content taken in pieces has the digest of the whole", arguments: [1, 63, 64, 65, 4096])
    func piecesEqualTheWhole(piece: Int) throws {
        let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var digest = try SHA256()
        for start in stride(from: 0, to: content.count, by: piece) {
            try content[start..<min(start + piece, content.count)].withUnsafeBytes { try digest.update($0) }
        }
        #expect(try digest.finish() == SHA256Digest(of: content))
    }

    @Test("A file longer than one read has the digest of its content")
    func fileEqualsItsContent() throws {
        let content = (0..<700_001).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let folder = try TemporaryFolder()
        let path = try folder.write(content, to: "content")
        #expect(try SHA256Digest(ofFile: path) == SHA256Digest(of: content))
    }

    @Test("A file that is not there, and a folder, are named with the system's reason")
    func unreadableIsNamed() throws {
        let folder = try TemporaryFolder()
        let absent = folder.path + "/absent"
        #expect(throws: DigestError.unreadable(path: absent, reason: "No such file or directory")) {
            try SHA256Digest(ofFile: absent)
        }
        #expect(throws: DigestError.unreadable(path: folder.path, reason: "Is a directory")) {
            try SHA256Digest(ofFile: folder.path)
        }
    }

    @Test("The hexadecimal text gives the digest back, in either case")
    func hexadecimalRoundTrip() throws {
        let digest = try SHA256Digest(of: Array("abc".utf8))
        #expect(try SHA256Digest(hex: digest.description) == digest)
        #expect(try SHA256Digest(hex: digest.description.uppercased()) == digest)
    }

    @Test(
        "What is not 64 hexadecimal digits is refused",
        arguments: [
            "", "abc", String(repeating: "g", count: 64), String(repeating: "0", count: 63),
            String(repeating: "é", count: 32),
        ])
    func malformedIsRefused(text: String) {
        #expect(throws: DigestError.malformed(text)) { try SHA256Digest(hex: text) }
    }

    @Test("Digests stand in the order of their texts")
    func orderIsThatOfTheTexts() throws {
        let digests = try (0..<20).map { try SHA256Digest(of: [UInt8($0)]) }
        #expect(digests.sorted().map(\.description) == digests.map(\.description).sorted())
    }
}
