import FoundationEssentials

/// Files that are no pictures, or none to be trusted, with what each may end in.
public enum HostileCorpus {
    /// One file.
    public struct File: Sendable {
        /// What is served.
        public let bytes: [UInt8]
        /// Failure classes; `counted` among them where a decoder may make a picture of it.
        public let endings: Set<String>
    }

    private static let pictures = [
        "jpeg-420.jpg", "jpeg-420-progressive.jpg", "jpeg-gray.jpg", "jpeg-cmyk.jpg", "png-type2-depth8.png",
        "png-type3-depth4.png", "png-type0-depth16.png", "webp-lossy.webp", "webp-lossless.webp",
        "tiff-strips-of-4.tiff", "tiff-tiles-of-16x16.tiff", "tiff-rgb-tiff_lzw.tiff",
    ]
    private static let broken: Set = ["corrupt", "not_a_picture", "too_large"]

    /// About 300 files: cut short at every kind of place, with wrong lengths, claims of huge sizes, bytes changed at
    /// random, noise behind the right first bytes, zeros, nothing, and small files of very large pictures.
    public static func files() throws -> [File] {
        var noise = Noise(seed: 5)
        var files: [File] = []
        for name in pictures {
            let whole = try picture(name)
            for part in 0..<10 {
                files.append(File(bytes: Array(whole.prefix(whole.count * part / 10)), endings: broken))
            }
            for _ in 0..<8 {
                var changed = whole
                for _ in 0..<4 {
                    let place = Int(noise.next() % UInt64(changed.count))
                    changed[place] = UInt8(truncatingIfNeeded: noise.next())
                }
                files.append(File(bytes: changed, endings: broken.union(["counted"])))
            }
            for length in [64, 4096] {
                files.append(File(bytes: Array(whole.prefix(12)) + noise.bytes(length), endings: broken))
            }
            // Lengths and sizes near the start, each as large as it can be.
            for place in [4, 8, 16, 20] {
                var lying = whole
                lying.replaceSubrange(place..<place + 4, with: [0x7F, 0xFF, 0xFF, 0xFF])
                files.append(File(bytes: lying, endings: broken.union(["counted"])))
            }
        }
        return try files + claims() + bombs()
    }

    /// Pictures that claim more pixels than anybody takes, each in the place where its format has them.
    private static func claims() throws -> [File] {
        var claims: [[UInt8]] = []
        for name in ["jpeg-420.jpg", "jpeg-420-progressive.jpg", "jpeg-gray.jpg", "jpeg-cmyk.jpg"] {
            var bytes = try picture(name)
            // The start of frame: its mark, its length, the depth, then height and width.
            let frame = bytes.indices.dropLast(9).first { bytes[$0] == 0xFF && [0xC0, 0xC2].contains(bytes[$0 + 1]) }
            guard let frame else { continue }
            bytes.replaceSubrange(frame + 5..<frame + 9, with: [0xFF, 0xDC, 0xFF, 0xDC])
            claims.append(bytes)
        }
        var lossy = try picture("webp-lossy.webp")
        // The key frame's own header stands behind RIFF, its size, WEBP, VP8, its size and three bytes of frame tag.
        lossy.replaceSubrange(26..<30, with: [0xFF, 0x3F, 0xFF, 0x3F])
        claims.append(lossy)
        for sides: (UInt32, UInt32) in [(.max, .max), (1 << 31, 1 << 31), (.max, 1), (1, .max), (20_000, 20_000)] {
            claims.append(tiff(width: sides.0, height: sides.1))
        }
        claims.append(PictureBomb.png(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF, rows: 1, isInterlaced: false))
        return claims.map { File(bytes: $0, endings: ["too_large", "corrupt"]) }
    }

    /// Small files that are, or seem to be, pictures of 196 million pixels: within the limit of pixels.
    private static func bombs() -> [File] {
        let side: UInt32 = 14_000
        return [
            // Row by row it takes no memory but that of its tiles.
            File(
                bytes: PictureBomb.png(width: side, height: side, rows: Int(side), isInterlaced: false),
                endings: ["counted", "too_large"]),
            File(
                bytes: PictureBomb.png(width: side, height: side, rows: Int(side), isInterlaced: true),
                endings: ["too_large"]),
            // libtiff takes its one strip for many.
            File(bytes: tiff(width: side, height: side), endings: ["too_large", "corrupt"]),
        ]
    }

    /// A TIFF in one strip, one bit a pixel, that claims these sides and holds one byte.
    public static func tiff(width: UInt32, height: UInt32) -> [UInt8] {
        func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        let fields: [(tag: UInt8, value: UInt32)] = [
            (0x00, width), (0x01, height), (0x02, 1), (0x03, 1), (0x06, 1), (0x11, 0), (0x15, 1), (0x16, height),
            (0x17, 1),
        ]
        let end = UInt32(10 + 12 * fields.count + 4)
        var bytes: [UInt8] = [0x49, 0x49, 42, 0] + number(8) + [UInt8(fields.count), 0]
        for (tag, value) in fields {
            // Numbers of 32 bits, one of each.
            bytes += [tag, 1, 4, 0] + number(1) + number(tag == 0x11 ? end : value)
        }
        return bytes + number(0) + [0]
    }

    private static func picture(_ name: String) throws -> [UInt8] {
        let path = Checkout.root + "/Tests/ImagingTests/Fixtures/pictures/" + name
        return try [UInt8](Data(contentsOf: URL(filePath: path)))
    }
}
