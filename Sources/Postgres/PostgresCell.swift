/// One value as the server sent it, in the binary form of its type; valid only while it is being decoded.
public struct PostgresCell {
    /// The column's name, for messages.
    public let column: String
    /// As the server has it; a domain is its base type.
    public let type: PostgresType
    /// `nil` for NULL; else owned by the result.
    let bytes: UnsafeRawBufferPointer?

    /// True for NULL.
    public var isNull: Bool { bytes == nil }

    /// The error for a value that is not what was asked for.
    public func mismatch(expected: String) -> PostgresError {
        .decoding(column: column, expected: expected, found: isNull ? "NULL" : type.description)
    }

    /// The bytes of a value that is there.
    /// - Throws: `PostgresError.decoding` for NULL.
    func present(as expected: String) throws(PostgresError) -> UnsafeRawBufferPointer {
        guard let bytes else { throw mismatch(expected: expected) }
        return bytes
    }

    /// The integer in the bytes, which must be just as long as it.
    func integer<Value: FixedWidthInteger>(_: Value.Type, for expected: String) throws(PostgresError) -> Value {
        let bytes = try present(as: expected)
        guard bytes.count == MemoryLayout<Value>.size else { throw mismatch(expected: expected) }
        return Value(bigEndian: bytes.loadUnaligned(as: Value.self))
    }
}
