/// A type whose arrays can be sent to the server and read from it.
///
/// `[UInt8]` is `bytea` and not an array of the server, so it is the element that says what its array is.
public protocol PostgresArrayElement: PostgresEncodable, PostgresDecodable {
    /// What `textForm` is for a value.
    static func arrayTextForm(_ values: [Self]) -> String

    /// What `encode` is for a value.
    static func encodeArray(_ values: [Self], as type: PostgresType, into bytes: inout [UInt8]) -> Bool

    /// What `init(_:)` is for a value.
    static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self]
}

extension Array: PostgresEncodable where Element: PostgresArrayElement {
    /// The element says.
    public var textForm: String { Element.arrayTextForm(self) }

    /// The element says how.
    public func encode(as type: PostgresType, into bytes: inout [UInt8]) -> Bool {
        Element.encodeArray(self, as: type, into: &bytes)
    }
}

extension Array: PostgresDecodable where Element: PostgresArrayElement {
    /// From an array of one dimension of what the element is read from, or, for bytes, from `bytea`.
    public init(_ cell: PostgresCell) throws(PostgresError) {
        self = try Element.decodeArray(cell)
    }
}

extension PostgresArrayElement {
    /// `{"a","b",NULL}`: every element quoted, so that none is mistaken for syntax.
    public static func arrayTextForm(_ values: [Self]) -> String {
        let elements = values.map { value in
            let escaped = value.textForm.map { "\"\\".contains($0) ? "\\\($0)" : "\($0)" }.joined()
            return value.isNull ? "NULL" : "\"\(escaped)\""
        }
        return "{" + elements.joined(separator: ",") + "}"
    }

    /// The layout is that of `array_send` in `src/backend/utils/adt/arrayfuncs.c`: dimensions, whether there are NULLs,
    /// the type of the elements, each dimension's length and lower bound, then the elements with their lengths.
    public static func encodeArray(_ values: [Self], as type: PostgresType, into bytes: inout [UInt8]) -> Bool {
        guard let element = type.element else { return false }
        let start = bytes.count
        bytes.append(bigEndian: Int32(values.isEmpty ? 0 : 1))
        bytes.append(bigEndian: Int32(values.contains { $0.isNull } ? 1 : 0))
        bytes.append(bigEndian: element.rawValue)
        guard !values.isEmpty else { return true }
        bytes.append(bigEndian: Int32(values.count))
        bytes.append(bigEndian: Int32(1))
        for value in values {
            guard bytes.append(field: value, as: element) else {
                bytes.removeSubrange(start...)
                return false
            }
        }
        return true
    }

    /// Reads what `encodeArray` writes; arrays of several dimensions are refused.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self] {
        let expected = "[\(Self.self)]"
        let bytes = try cell.present(as: expected)
        // The types of arrays of enums are not known here; they tell themselves by their header.
        guard cell.type.element != nil || cell.type.isUserDefined, bytes.count >= 12 else {
            throw cell.mismatch(expected: expected)
        }
        func word(_ offset: Int) -> Int32 {
            Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
        }
        if word(0) == 0 { return [] }
        guard word(0) == 1, bytes.count >= 20 else { throw cell.mismatch(expected: expected) }
        let element = PostgresType(rawValue: UInt32(bitPattern: word(8)))

        var values: [Self] = []
        values.reserveCapacity(min(Int(word(12)), bytes.count / 4))
        var offset = 20
        for _ in 0..<max(0, word(12)) {
            guard offset + 4 <= bytes.count else { throw cell.mismatch(expected: expected) }
            let length = Int(word(offset))
            offset += 4
            guard length <= bytes.count - offset else { throw cell.mismatch(expected: expected) }
            let field = length < 0 ? nil : UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
            values.append(try Self(PostgresCell(column: cell.column, type: element, bytes: field)))
            offset += max(0, length)
        }
        return values
    }
}

extension Bool: PostgresArrayElement {}
extension Int16: PostgresArrayElement {}
extension Int32: PostgresArrayElement {}
extension Int64: PostgresArrayElement {}
extension Int: PostgresArrayElement {}
extension Float: PostgresArrayElement {}
extension Double: PostgresArrayElement {}
extension String: PostgresArrayElement {}
extension PostgresTimestamp: PostgresArrayElement {}
extension Optional: PostgresArrayElement where Wrapped: PostgresArrayElement {}
extension Array: PostgresArrayElement where Element == UInt8 {}

/// A byte is no value of its own here: only its array is.
extension UInt8: PostgresArrayElement {
    /// Decimal digits.
    public var textForm: String { String(self) }

    /// As any integer type.
    public func encode(as type: PostgresType, into bytes: inout [UInt8]) -> Bool {
        Int16(self).encode(as: type, into: &bytes)
    }

    /// Hexadecimal digits behind `\x`.
    public static func arrayTextForm(_ values: [UInt8]) -> String {
        "\\x" + values.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// As `bytea`.
    public static func encodeArray(_ values: [UInt8], as type: PostgresType, into bytes: inout [UInt8]) -> Bool {
        guard type == .bytea else { return false }
        bytes.append(contentsOf: values)
        return true
    }

    /// From `bytea`.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [UInt8] {
        guard cell.type == .bytea else { throw cell.mismatch(expected: "[UInt8]") }
        return Array(try cell.present(as: "[UInt8]"))
    }
}

extension [UInt8] {
    /// Appends a value behind its length, as arrays want it; NULL is the length -1.
    /// - Returns: false where the value has no binary form of the type, or is longer than the server takes (1 GB).
    mutating func append(field value: some PostgresEncodable, as type: PostgresType) -> Bool {
        guard !value.isNull else {
            append(bigEndian: Int32(-1))
            return true
        }
        let start = count
        append(bigEndian: Int32(0))
        guard value.encode(as: type, into: &self), let length = Int32(exactly: count - start - 4) else { return false }
        replace(at: start, bigEndian: length)
        return true
    }
}
