/// A type whose values can be read from a column.
public protocol PostgresDecodable {
    /// Reads the value.
    /// - Throws: `PostgresError.decoding` where the column is of another type, or NULL and the type is not optional.
    init(_ cell: PostgresCell) throws(PostgresError)
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// `nil` for NULL.
    public init(_ cell: PostgresCell) throws(PostgresError) {
        self = cell.isNull ? nil : try Wrapped(cell)
    }
}

/// An enum kept by its raw value, such as the label of an SQL enum, needs only to declare the conformance.
extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    /// From what the raw value is read from.
    public init(_ cell: PostgresCell) throws(PostgresError) {
        let raw = try RawValue(cell)
        guard let value = Self(rawValue: raw) else {
            throw .decoding(column: cell.column, expected: "one of \(Self.self)", found: "\(raw)")
        }
        self = value
    }
}

extension Bool: PostgresDecodable {
    /// From `boolean`.
    public init(_ cell: PostgresCell) throws(PostgresError) {
        guard cell.type == .bool else { throw cell.mismatch(expected: "Bool") }
        self = try cell.integer(UInt8.self, for: "Bool") != 0
    }
}

extension PostgresDecodable where Self: FixedWidthInteger {
    /// From any integer type of the server, and from a whole numeric (`sum(bigint)` is one), where the value fits.
    public init(_ cell: PostgresCell) throws(PostgresError) {
        let expected = "\(Self.self)"
        let value: Int64? =
            switch cell.type {
            case .int8: try cell.integer(Int64.self, for: expected)
            case .int4: Int64(try cell.integer(Int32.self, for: expected))
            case .int2: Int64(try cell.integer(Int16.self, for: expected))
            case .oid: Int64(try cell.integer(UInt32.self, for: expected))
            case .numeric: Int64(try NumericText.decode(cell, for: expected))
            default: nil
            }
        guard let value, let exact = Self(exactly: value) else { throw cell.mismatch(expected: expected) }
        self = exact
    }
}

extension Int16: PostgresDecodable {}
extension Int32: PostgresDecodable {}
extension Int64: PostgresDecodable {}
extension Int: PostgresDecodable {}

extension Double: PostgresDecodable {
    /// From `real`, `double precision` and `numeric`.
    public init(_ cell: PostgresCell) throws(PostgresError) {
        let value: Double? =
            switch cell.type {
            case .float8: Double(bitPattern: try cell.integer(UInt64.self, for: "Double"))
            case .float4: Double(Float(bitPattern: try cell.integer(UInt32.self, for: "Double")))
            case .numeric: Double(try NumericText.decode(cell, for: "Double"))
            default: nil
            }
        guard let value else { throw cell.mismatch(expected: "Double") }
        self = value
    }
}

extension Float: PostgresDecodable {
    /// From `real` alone: what is wider would be rounded.
    public init(_ cell: PostgresCell) throws(PostgresError) {
        guard cell.type == .float4 else { throw cell.mismatch(expected: "Float") }
        self = Float(bitPattern: try cell.integer(UInt32.self, for: "Float"))
    }
}

extension String: PostgresDecodable {
    /// From every text type, enums, `json`, `jsonb`, `uuid` and `numeric`.
    public init(_ cell: PostgresCell) throws(PostgresError) {
        var bytes = try cell.present(as: "String")
        switch cell.type {
        case .text, .varchar, .bpchar, .name, .unknown, .json: break
        case .jsonb where bytes.first == 1:  // the version of jsonb's binary form
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
        case .uuid where bytes.count == 16:
            self = UUIDText.string(from: bytes)
            return
        case .numeric:
            self = try NumericText.decode(cell, for: "String")
            return
        // An enum sends its label. A composite sends counts and lengths, which hold zeros; text never does.
        case let type where type.isUserDefined && !bytes.contains(0): break
        default: throw cell.mismatch(expected: "String")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw cell.mismatch(expected: "String") }
        self = text
    }
}
