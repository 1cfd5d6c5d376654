/// A type of the server, by the number that `pg_type` gives it.
///
/// The constants are from `src/include/catalog/pg_type.dat`; they never change between versions of PostgreSQL.
public struct PostgresType: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The object identifier in `pg_type`.
    public let rawValue: UInt32

    /// Wraps an object identifier of `pg_type`.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    static let bool = PostgresType(rawValue: 16)
    static let bytea = PostgresType(rawValue: 17)
    static let name = PostgresType(rawValue: 19)
    static let int8 = PostgresType(rawValue: 20)
    static let int2 = PostgresType(rawValue: 21)
    static let int4 = PostgresType(rawValue: 23)
    static let text = PostgresType(rawValue: 25)
    static let oid = PostgresType(rawValue: 26)
    static let json = PostgresType(rawValue: 114)
    static let float4 = PostgresType(rawValue: 700)
    static let float8 = PostgresType(rawValue: 701)
    static let unknown = PostgresType(rawValue: 705)
    static let bpchar = PostgresType(rawValue: 1042)
    static let varchar = PostgresType(rawValue: 1043)
    static let timestamp = PostgresType(rawValue: 1114)
    static let timestamptz = PostgresType(rawValue: 1184)
    static let numeric = PostgresType(rawValue: 1700)
    static let uuid = PostgresType(rawValue: 2950)
    static let jsonb = PostgresType(rawValue: 3802)

    /// The name that SQL has for it, for messages.
    public var description: String {
        if let element { return "\(element)[]" }
        return Self.names[self] ?? "type with oid \(rawValue)"
    }

    /// True for the types that a database defines for itself, such as enums.
    var isUserDefined: Bool { rawValue >= 16384 }  // FirstNormalObjectId

    /// The element type of an array type, where it is one of the arrays known here.
    var element: PostgresType? { Self.elements[self] }

    private static let names: [PostgresType: String] = [
        .bool: "boolean", .bytea: "bytea", .name: "name", .int8: "bigint", .int2: "smallint", .int4: "integer",
        .text: "text", .oid: "oid", .json: "json", .float4: "real", .float8: "double precision", .unknown: "unknown",
        .bpchar: "character", .varchar: "character varying", .timestamp: "timestamp", .timestamptz: "timestamptz",
        .numeric: "numeric", .uuid: "uuid", .jsonb: "jsonb",
    ]

    private static let arrays: [PostgresType: PostgresType] = [
        .bool: 1000, .bytea: 1001, .name: 1003, .int2: 1005, .int4: 1007, .text: 1009, .bpchar: 1014, .varchar: 1015,
        .int8: 1016, .float4: 1021, .float8: 1022, .oid: 1028, .timestamp: 1115, .timestamptz: 1185, .json: 199,
        .numeric: 1231, .uuid: 2951, .jsonb: 3807,
    ].mapValues(PostgresType.init(rawValue:))

    private static let elements = Dictionary(uniqueKeysWithValues: arrays.map { ($1, $0) })
}
