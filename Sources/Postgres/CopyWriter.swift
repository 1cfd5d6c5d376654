import CPostgres

/// Writes the rows of a COPY in the server's binary form, in pieces of 64 KB.
///
/// The layout is that of "Binary Format" on the manual page of COPY. Valid only inside of `copyIn`.
public struct CopyWriter: ~Copyable {
    private static let pieceSize = 65_536

    private let connection: OpaquePointer
    private let columnCount: Int
    /// The types of the columns, where they are known; else every value goes out as its natural type.
    private let types: [PostgresType]?
    private var bytes: [UInt8] = []
    /// True once the server stopped the COPY; it then has an error to tell.
    private(set) var isRefused = false

    init(connection: OpaquePointer, columnCount: Int, types: [PostgresType]?) {
        self.connection = connection
        self.columnCount = columnCount
        self.types = types
        bytes.reserveCapacity(Self.pieceSize * 2)
        bytes.append(contentsOf: Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00])
        bytes.append(bigEndian: Int32(0))  // flags
        bytes.append(bigEndian: Int32(0))  // length of the header's extension
    }

    /// Writes one row, one value a column.
    /// - Throws: `PostgresError.encoding` for a value that is not of its column's type, `.cancelled` when the task is,
    ///   `.connectionLost` when the server takes no more; `copyIn` then ends with the server's reason.
    public mutating func row(_ values: [any PostgresEncodable]) throws(PostgresError) {
        guard values.count == columnCount else {
            throw .misuse(reason: "the COPY takes \(columnCount) columns and got \(values.count)")
        }
        bytes.append(bigEndian: Int16(truncatingIfNeeded: columnCount))
        for (index, value) in values.enumerated() {
            try append(value, index)
        }
        if bytes.count >= Self.pieceSize { try flush() }
    }

    mutating func finish() throws(PostgresError) {
        bytes.append(bigEndian: Int16(-1))
        try flush()
    }

    private mutating func append(_ value: some PostgresEncodable, _ index: Int) throws(PostgresError) {
        let natural = Swift.type(of: value).naturalType
        // Enums take their labels as text does.
        let type = types.map { $0[index].isUserDefined ? natural : $0[index] } ?? natural
        guard bytes.append(field: value, as: type) else {
            let shown = value.textForm.prefix(80)
            throw .encoding(parameter: "the value of column \(index + 1) (\(shown))", type: "\(type)")
        }
    }

    private mutating func flush() throws(PostgresError) {
        if Task.isCancelled { throw .cancelled }
        let sent = bytes.withUnsafeBytes { buffer in
            PQputCopyData(connection, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count))
        }
        guard sent == 1 else {
            isRefused = true
            throw .connectionLost(
                host: PQhost(connection).map { String(cString: $0) } ?? "",
                port: PQport(connection).map { String(cString: $0) } ?? "", reason: "it takes no more rows")
        }
        bytes.removeAll(keepingCapacity: true)
    }
}
