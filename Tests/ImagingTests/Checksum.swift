/// The check sum of a PNG chunk.
enum Checksum {
    static func crc32(of bytes: ArraySlice<UInt8>) -> [UInt8] {
        var value: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            value ^= UInt32(byte)
            for _ in 0..<8 {
                value = value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
            }
        }
        return withUnsafeBytes(of: (value ^ 0xFFFF_FFFF).bigEndian) { Array($0) }
    }
}
