/// A PNG, black and one bit deep, in a thousandth of the bytes of its rows.
enum PictureBomb {
    /// - Parameter rows: how many of them there are, whatever the header says.
    static func png(width: UInt32, height: UInt32, rows: Int, isInterlaced: Bool) -> [UInt8] {
        let header = bigEndian(width) + bigEndian(height) + [1, 0, 0, 0, isInterlaced ? 1 : 0]
        // A row of eight pixels a byte, and the byte of its filter. Interlaced rows are more, and shorter.
        let zeros = rows * (1 + (Int(width) + 7) / 8) * (isInterlaced ? 2 : 1)
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
            + chunk("IDAT", zlib(zeros: zeros)) + chunk("IEND", [])
    }

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let named = Array(name.utf8) + content
        return bigEndian(UInt32(content.count)) + named + bigEndian(crc32(of: named))
    }

    /// As many zeros, or a few more, as one block of fixed codes (RFC 1951, 3.2.6): a zero, and matches of 258.
    private static func zlib(zeros: Int) -> [UInt8] {
        var bits = BitWriter()
        // The last block, fixed codes; then the literal 0.
        bits.write([1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0])
        let matches = (zeros + 257) / 258
        // Length 258 (code 285), distance 1.
        for _ in 0..<matches { bits.write([1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]) }
        // The end of the block.
        bits.write([0, 0, 0, 0, 0, 0, 0])
        // Of zeros the first sum of Adler-32 stays 1, and the second counts them.
        let sum = UInt32((1 + 258 * matches) % 65_521) << 16 | 1
        return [0x78, 0x01] + bits.bytes + bigEndian(sum)
    }

    private struct BitWriter {
        private(set) var bytes: [UInt8] = []
        private var used = 8

        mutating func write(_ bits: [UInt8]) {
            for bit in bits {
                if used == 8 {
                    bytes.append(0)
                    used = 0
                }
                bytes[bytes.count - 1] |= bit << UInt8(used)
                used += 1
            }
        }
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.bigEndian) { Array($0) } }

    private static func crc32(of bytes: [UInt8]) -> UInt32 {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
        return value ^ 0xFFFF_FFFF
    }
}
