/// A type whose values can be sent to the server.
///
/// The server infers from the statement what type a parameter is of; the value is then asked for the binary form of
/// that type, and sent as text where it has none, for the server to read or refuse.
public protocol PostgresEncodable: Sendable {
    /// True for values sent as NULL.
    var isNull: Bool { get }

    /// The value as an SQL literal without its quotes.
    var textForm: String { get }

    /// Appends the binary form of the value as `type`.
    /// - Returns: false where it has none; nothing is appended then.
    func encode(as type: PostgresType, into bytes: inout [UInt8]) -> Bool
}

extension PostgresEncodable {
    /// False: NULL is what optionals are for.
    public var isNull: Bool { false }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    /// True for `nil`, at any depth.
    public var isNull: Bool { self?.isNull ?? true }

    /// The wrapped value's; empty for `nil`, which is never sent as text.
    public var textForm: String { self?.textForm ?? "" }

    /// The wrapped value's.
    public func encode(as type: PostgresType, into bytes: inout [UInt8]) -> Bool {
        self?.encode(as: type, into: &bytes) ?? false
    }
}

/// An enum kept by its raw value needs only to declare the conformance.
extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    /// The raw value's.
    public var textForm: String { rawValue.textForm }

    /// The raw value's.
    public func encode(as type: PostgresType, into bytes: inout [UInt8]) -> Bool {
        rawValue.encode(as: type, into: &bytes)
    }
}

extension Bool: PostgresEncodable {
    /// `t` or `f`.
    public var textForm: String { self ? "t" : "f" }

    /// As `boolean`.
    public func encode(as type: PostgresType, into bytes: inout [UInt8]) -> Bool {
        guard type == .bool else { return false }
        bytes.append(self ? 1 : 0)
        return true
    }
}

extension PostgresEncodable where Self: FixedWidthInteger & SignedInteger {
    /// Decimal digits.
    public var textForm: String { String(self) }

    /// As any integer type that the value fits in, and as `double precision` where that is exact.
    public func encode(as type: PostgresType, into bytes: inout [UInt8]) -> Bool {
        switch type {
        case .int8: bytes.append(bigEndian: Int64(self))
        case .int4:
            guard let value = Int32(exactly: self) else { return false }
            bytes.append(bigEndian: value)
        case .int2:
            guard let value = Int16(exactly: self) else { return false }
            bytes.append(bigEndian: value)
        case .oid:
            guard let value = UInt32(exactly: self) else { return false }
            bytes.append(bigEndian: value)
        case .float8:
            guard let value = Double(exactly: self) else { return false }
            bytes.append(bigEndian: value.bitPattern)
        default: return false
        }
        return true
    }
}

extension Int16: PostgresEncodable {}
extension Int32: PostgresEncodable {}
extension Int64: PostgresEncodable {}
extension Int: PostgresEncodable {}

extension PostgresEncodable where Self: BinaryFloatingPoint & CustomStringConvertible {
    /// The shortest digits that read back as the same value.
    public var textForm: String { description }

    /// As `double precision`, and as `real`, rounded as the server would.
    public func encode(as type: PostgresType, into bytes: inout [UInt8]) -> Bool {
        switch type {
        case .float8: bytes.append(bigEndian: Double(self).bitPattern)
        case .float4: bytes.append(bigEndian: Float(self).bitPattern)
        default: return false
        }
        return true
    }
}

extension Float: PostgresEncodable {}
extension Double: PostgresEncodable {}

extension String: PostgresEncodable {
    /// Itself.
    public var textForm: String { self }

    /// As any text type, `json`, `jsonb`, and as `uuid` where it is one. Enums have no binary form before their type is
    /// looked up; they go as text.
    public func encode(as type: PostgresType, into bytes: inout [UInt8]) -> Bool {
        switch type {
        case .text, .varchar, .bpchar, .name, .unknown, .json: break
        case .jsonb: bytes.append(1)  // the version of jsonb's binary form
        case .uuid:
            guard let uuid = UUIDText.bytes(from: self) else { return false }
            bytes.append(contentsOf: uuid)
            return true
        default: return false
        }
        bytes.append(contentsOf: utf8)
        return true
    }
}

extension [UInt8] {
    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Replaces four bytes written before, such as a length that was not known then.
    mutating func replace(at offset: Int, bigEndian value: Int32) {
        withUnsafeMutableBytes { $0.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Int32.self) }
    }
}
