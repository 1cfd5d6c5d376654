/// A gzip stream without an end that grows 159 times when it is decoded: 13 bytes become 2064 zeros.
enum GzipBomb {
    /// The header of gzip, one block of fixed codes (RFC 1951, 3.2.6), and one zero to repeat.
    ///
    /// After the eleven bits of `blockStart` five of the first match fill the second byte; `more` begins with the sixth.
    static let start: [UInt8] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3] + packed(Array(head.prefix(headBytes * 8)))

    /// Some thousand repetitions, whole bytes in length.
    static let more: [UInt8] = packed((0..<8 * 1000).flatMap { _ in rotatedMatch })

    private static let headBytes = 2
    /// Length 258 (code 285, 11000101, no further bits), distance 1 (code 0, 00000): codes stand highest bit first.
    private static let match: [UInt8] = [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0]
    /// 0 (not the last block), 01 with its lower bit first (fixed codes), 00110000 (the literal 0).
    private static let blockStart: [UInt8] = [0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0]
    private static let head: [UInt8] = blockStart + match
    /// The match from where `start` breaks it off, to the same place of the next one.
    private static let rotatedMatch: [UInt8] = {
        let broken = headBytes * 8 - blockStart.count
        return Array(match[broken...] + match[..<broken])
    }()

    private static func packed(_ bits: [UInt8]) -> [UInt8] {
        stride(from: 0, to: bits.count, by: 8).map { start in
            (0..<8).reduce(0) { $0 | bits[start + $1] << UInt8($1) }
        }
    }
}
