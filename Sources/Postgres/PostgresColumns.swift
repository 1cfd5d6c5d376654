import CPostgres

/// The names and types of a result's columns, shared by all of its rows.
final class PostgresColumns: Sendable {
    let names: [String]
    let types: [PostgresType]

    init(of result: PostgresResult) {
        let columns = 0..<PQnfields(result.pointer)
        names = columns.map { PQfname(result.pointer, $0).map { String(cString: $0) } ?? "" }
        types = columns.map { PostgresType(rawValue: PQftype(result.pointer, $0)) }
    }

    func position(of name: String) throws(PostgresError) -> Int {
        // A few columns of short names: comparing is quicker than hashing.
        guard let position = names.firstIndex(of: name) else {
            throw .decoding(column: name, expected: "a column of the result", found: "absent")
        }
        return position
    }
}
