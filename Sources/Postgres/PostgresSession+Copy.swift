import CPostgres

extension PostgresSession {
    /// Runs a COPY FROM STDIN whose rows `produce` writes.
    /// - Parameter types: of the columns, where they are known.
    /// - Returns: how many rows the server took.
    func copyIn(
        _ sql: String, types: [PostgresType]?, _ produce: (inout CopyWriter) throws -> Void
    ) throws -> Int {
        try begin(sql)
        try check(PQsendQuery(pointer, sql) == 1)
        guard let start = nextResult() else { throw lost(lastMessage) }
        guard start.status == PGRES_COPY_IN else {
            let reason = start.status == PGRES_FATAL_ERROR ? error(of: start) : nil
            _ = try finish()
            throw reason ?? .misuse(reason: "copyIn needs COPY ... FROM STDIN")
        }
        guard PQbinaryTuples(start.pointer) == 1 else {
            try abandonCopy()
            throw PostgresError.misuse(reason: "copyIn needs COPY ... FROM STDIN (FORMAT binary)")
        }

        var writer = CopyWriter(
            connection: pointer, columnCount: Int(PQnfields(start.pointer)), types: types)
        do {
            try produce(&writer)
            try writer.finish()
        } catch {
            if writer.isRefused {
                _ = try finish()
            } else {
                try abandonCopy()
            }
            throw error
        }
        try check(PQputCopyEnd(pointer, nil) == 1)
        return try finish()?.affectedRows ?? 0
    }

    /// Loads rows into columns of a table, whose types the server is asked for.
    func copyIn(
        into table: String, columns: [String], _ produce: (inout CopyWriter) throws -> Void
    ) throws -> Int {
        let list = columns.joined(separator: ", ")
        let types = PostgresColumns(of: try query("SELECT \(list) FROM \(table) LIMIT 0", [])).types
        return try copyIn("COPY \(table) (\(list)) FROM STDIN (FORMAT binary)", types: types, produce)
    }

    /// Tells the server that the COPY failed on this side, so that it keeps nothing of it.
    private func abandonCopy() throws(PostgresError) {
        try ignoringCancellation { () throws(PostgresError) in
            try check(PQputCopyEnd(pointer, "the rows could not be produced") == 1)
            do throws(PostgresError) {
                _ = try finish()
            } catch {
                // Else the server repeats the reason that it was given.
                if error.isConnectionLost { throw error }
            }
        }
    }
}
