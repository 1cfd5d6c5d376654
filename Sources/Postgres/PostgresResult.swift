import CPostgres

/// The owner of one result of libpq.
///
/// Unchecked because the compiler cannot see that a result is never written after libpq handed it out: reading it from
/// any thread is safe, and the last owner frees it.
final class PostgresResult: @unchecked Sendable {
    let pointer: OpaquePointer

    /// - Parameter pointer: a `PGresult`, owned from here on.
    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQclear(pointer)
    }

    var status: ExecStatusType { PQresultStatus(pointer) }
    var rowCount: Int { Int(PQntuples(pointer)) }
    /// Rows inserted, updated, deleted, selected or copied; 0 for other statements.
    var affectedRows: Int { PQcmdTuples(pointer).flatMap { Int(String(cString: $0)) } ?? 0 }

    /// The bytes of a field, owned by the result; `nil` for NULL.
    func bytes(row: Int, column: Int) -> UnsafeRawBufferPointer? {
        let row = Int32(row)
        let column = Int32(column)
        guard PQgetisnull(pointer, row, column) == 0 else { return nil }
        return UnsafeRawBufferPointer(
            start: PQgetvalue(pointer, row, column), count: Int(PQgetlength(pointer, row, column)))
    }

    var serverError: PostgresServerError { PostgresServerError(of: pointer) }
}

extension PostgresServerError {
    /// - Parameter result: a `PGresult` of an error or a notice; borrowed.
    init(of result: OpaquePointer) {
        // The letters are the `PG_DIAG_` codes, which are C macros that Swift does not see.
        func field(_ code: UnicodeScalar) -> String? {
            PQresultErrorField(result, Int32(code.value)).map { String(cString: $0) }
        }
        self.init(
            // The client library's own errors, such as a lost connection, carry no code.
            sqlState: field("C") ?? "",
            severity: field("V") ?? field("S") ?? "",
            message: field("M") ?? PQresultErrorMessage(result).map { String(cString: $0) } ?? "")
        detail = field("D")
        hint = field("H")
        schema = field("s")
        table = field("t")
        column = field("c")
        constraint = field("n")
        position = field("P").flatMap { Int($0) }
    }
}
