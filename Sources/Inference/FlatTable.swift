/// A table of a flatbuffer, whose fields are found by their numbers in the schema.
///
/// Every place is held against the end of the buffer before it is read: a field that is absent and one that leads
/// outside are both `nil`.
struct FlatTable {
    /// Most tables of one list: far more than any model has, and few enough for a damaged file to be read soon.
    private static let listLimit = 64

    private let bytes: [UInt8]
    private let start: Int
    /// Where the list begins that tells of each field where in the table it lies.
    private let fields: Int

    /// The table that a buffer begins with the distance to.
    init?(rootOf bytes: [UInt8], at offset: Int) {
        guard let root = Self.unsigned(bytes, offset) else { return nil }
        self.init(bytes, at: offset + Int(root))
    }

    private init?(_ bytes: [UInt8], at start: Int) {
        guard let back = Self.unsigned(bytes, start) else { return nil }
        self.bytes = bytes
        self.start = start
        fields = start - Int(Int32(bitPattern: back))
    }

    /// A number of 64 bits.
    func number(_ field: Int) -> UInt64? {
        place(of: field).flatMap { Self.long(bytes, $0) }
    }

    /// A number of 32 bits.
    func word(_ field: Int) -> UInt32? {
        place(of: field).flatMap { Self.unsigned(bytes, $0) }
    }

    /// A list of less than 256 bytes.
    func bytes(_ field: Int) -> [UInt8]? {
        guard let list = target(of: field), let length = Self.unsigned(bytes, list), length < 256,
            list + 4 + Int(length) <= bytes.count
        else { return nil }
        return Array(bytes[list + 4..<list + 4 + Int(length)])
    }

    /// A text, of less than 256 bytes.
    func text(_ field: Int) -> String? {
        bytes(field).map { String(decoding: $0, as: UTF8.self) }
    }

    /// A table within this one.
    func table(_ field: Int) -> FlatTable? {
        target(of: field).flatMap { FlatTable(bytes, at: $0) }
    }

    /// The tables of a list; none where it is absent, and as many as there are before one leads outside.
    func tables(_ field: Int) -> [FlatTable] {
        guard let list = target(of: field), let count = Self.unsigned(bytes, list) else { return [] }
        var tables: [FlatTable] = []
        for index in 0..<min(Int(count), Self.listLimit) {
            let entry = list + 4 + 4 * index
            guard let distance = Self.unsigned(bytes, entry), let table = FlatTable(bytes, at: entry + Int(distance))
            else { break }
            tables.append(table)
        }
        return tables
    }

    /// The second of two numbers of 64 bits that stand in the table itself: the size of a place in a file.
    func size(ofPlace field: Int) -> UInt64? {
        place(of: field).flatMap { Self.long(bytes, $0 + 8) }
    }

    private func place(of field: Int) -> Int? {
        guard let listed = Self.short(bytes, fields), Int(listed) >= 4 + 2 * (field + 1),
            let place = Self.short(bytes, fields + 4 + 2 * field), place > 0
        else { return nil }
        return start + Int(place)
    }

    /// Where a field that holds a distance leads.
    private func target(of field: Int) -> Int? {
        guard let place = place(of: field), let distance = Self.unsigned(bytes, place) else { return nil }
        return place + Int(distance)
    }

    static func unsigned(_ bytes: [UInt8], _ offset: Int) -> UInt32? {
        guard offset >= 0, offset + 4 <= bytes.count else { return nil }
        return (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) }
    }

    private static func long(_ bytes: [UInt8], _ offset: Int) -> UInt64? {
        guard let low = unsigned(bytes, offset), let high = unsigned(bytes, offset + 4) else { return nil }
        return UInt64(low) | UInt64(high) << 32
    }

    private static func short(_ bytes: [UInt8], _ offset: Int) -> UInt16? {
        guard offset >= 0, offset + 2 <= bytes.count else { return nil }
        return UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8
    }
}
