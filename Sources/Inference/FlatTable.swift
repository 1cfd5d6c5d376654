/// A table of a flatbuffer, read without trust: what lies beyond the bytes is not there.
struct FlatTable {
    private let bytes: [UInt8]
    private let start: Int

    /// - Parameter start: where the table lies in `bytes`.
    init(_ bytes: [UInt8], at start: Int) {
        self.bytes = bytes
        self.start = start
    }

    /// The table that a place refers to.
    static func root(of bytes: [UInt8], at place: Int) -> FlatTable? {
        unsigned(bytes, place).map { FlatTable(bytes, at: place + Int($0)) }
    }

    /// The text of a field; `nil` where the table has none, or one of 64 bytes or more.
    func text(_ field: Int) -> String? {
        guard let text = target(of: field), let length = Self.unsigned(bytes, text), length > 0, length < 64,
            text + 4 + Int(length) <= bytes.count
        else { return nil }
        return String(decoding: bytes[text + 4..<text + 4 + Int(length)], as: UTF8.self)
    }

    /// A whole number of 64 bits; `nil` where the table has none.
    func number(_ field: Int) -> UInt64? {
        guard let place = place(of: field), let low = Self.unsigned(bytes, place),
            let high = Self.unsigned(bytes, place + 4)
        else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }

    /// The tables of a list; none where the table has no such list.
    func tables(_ field: Int) -> [FlatTable] {
        guard let list = target(of: field), let count = Self.unsigned(bytes, list) else { return [] }
        // No longer than there are bytes for.
        return (0..<min(Int(count), bytes.count / 4)).compactMap { Self.root(of: bytes, at: list + 4 + 4 * $0) }
    }

    /// What the distance in a field leads to.
    private func target(of field: Int) -> Int? {
        place(of: field).flatMap { place in Self.unsigned(bytes, place).map { place + Int($0) } }
    }

    /// Where a field lies; `nil` where it is left out.
    private func place(of field: Int) -> Int? {
        // The table begins with its distance back to the list of where each field lies in it.
        guard let back = Self.unsigned(bytes, start) else { return nil }
        let fields = start - Int(Int32(bitPattern: back))
        guard let listed = Self.short(bytes, fields), Int(listed) >= 4 + 2 * (field + 1),
            let place = Self.short(bytes, fields + 4 + 2 * field), place > 0
        else { return nil }
        return start + Int(place)
    }

    private static func unsigned(_ bytes: [UInt8], _ offset: Int) -> UInt32? {
        guard offset >= 0, offset + 4 <= bytes.count else { return nil }
        return (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) }
    }

    private static func short(_ bytes: [UInt8], _ offset: Int) -> UInt16? {
        guard offset >= 0, offset + 2 <= bytes.count else { return nil }
        return UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8
    }
}
