import CPostgres

extension PostgresSession {
    /// Runs one statement by the extended protocol with binary results.
    func query(
        _ sql: String, _ parameters: [any PostgresEncodable]
    ) throws(PostgresError) -> PostgresResult {
        try withStatement(sql, parameters) { () throws(PostgresError) in
            guard let result = try finish() else { throw .misuse(reason: "the statement is empty") }
            return result
        }
    }

    /// Runs one statement and hands over its rows one at a time, as they arrive.
    func stream(
        _ sql: String, _ parameters: [any PostgresEncodable], _ each: (PostgresRow) throws -> Void
    ) throws {
        var columns: PostgresColumns?
        var failure: (any Error)?
        try withStatement(sql, parameters) { () throws(PostgresError) in
            try check(PQsetSingleRowMode(pointer) == 1)
            while let result = nextResult() {
                guard result.status == PGRES_SINGLE_TUPLE else {
                    if result.status == PGRES_TUPLES_OK || result.status == PGRES_COMMAND_OK { continue }
                    let end = error(of: result)
                    _ = try? finish()
                    // The error that stopped the stream says more than that it was stopped.
                    if failure == nil { throw end }
                    return
                }
                if failure != nil { continue }
                let shared = columns ?? PostgresColumns(of: result)
                columns = shared
                do {
                    if Task.isCancelled { throw PostgresError.cancelled }
                    try each(PostgresRow(result: result, columns: shared, position: 0))
                } catch {
                    failure = error
                    requestCancel()
                }
            }
            if failure == nil && isLost { throw lost(lastMessage) }
        }
        if let failure { throw failure }
    }

    /// Sends a statement, prepared where the configuration allows it, and lets `receive` read what it returns.
    private func withStatement<Result>(
        _ sql: String, _ parameters: [any PostgresEncodable], _ receive: () throws(PostgresError) -> Result
    ) throws(PostgresError) -> Result {
        try begin(sql)
        guard statements.capacity > 0 else {
            try sendUnprepared(sql, parameters)
            return try receive()
        }
        let wasCached = statements.contains(sql)
        let canRepeat = wasCached && transactionStatus == PQTRANS_IDLE
        do throws(PostgresError) {
            try send(prepared(sql), parameters)
            return try receive()
        } catch {
            // Somebody dropped the prepared statement (DISCARD ALL, a pooler) or changed a table under it. Outside
            // of a transaction it left no trace, and preparing it again mends both.
            guard error.sqlState == "26000" || error.sqlState == "0A000" else { throw error }
            statements.remove(sql)
            guard canRepeat else { throw error }
        }
        try send(prepared(sql), parameters)
        return try receive()
    }

    private func prepared(_ sql: String) throws(PostgresError) -> PreparedStatement {
        if let statement = statements.use(sql) { return statement }
        if let evicted = statements.evictIfFull() {
            try drop(evicted)
        }
        let name = statements.nextName()
        try check(PQsendPrepare(pointer, name, sql, 0, nil) == 1)
        _ = try finish()
        try check(PQsendDescribePrepared(pointer, name) == 1)
        guard let description = try finish() else { throw .misuse(reason: "the statement is empty") }
        let types = (0..<PQnparams(description.pointer)).map {
            PostgresType(rawValue: PQparamtype(description.pointer, $0))
        }
        let statement = PreparedStatement(name: name, parameterTypes: types)
        statements.insert(statement, for: sql)
        return statement
    }

    /// Where somebody dropped it before (DISCARD ALL, a pooler), that is no failure of the statement that needs its place.
    private func drop(_ statement: PreparedStatement) throws(PostgresError) {
        try check(PQsendQuery(pointer, "DEALLOCATE \(statement.name)") == 1)
        do throws(PostgresError) {
            _ = try finish()
        } catch {
            guard error.sqlState == "26000", transactionStatus == PQTRANS_IDLE else { throw error }
        }
    }

    private func send(
        _ statement: PreparedStatement, _ parameters: [any PostgresEncodable]
    ) throws(PostgresError) {
        guard statement.parameterTypes.count == parameters.count else {
            throw .misuse(
                reason: "the statement takes \(statement.parameterTypes.count) parameters and got \(parameters.count)")
        }
        let encoded = try EncodedParameters(parameters, as: statement.parameterTypes)
        let sent = encoded.withPointers { values, lengths, formats in
            PQsendQueryPrepared(pointer, statement.name, Int32(parameters.count), values, lengths, formats, 1)
        }
        try check(sent == 1)
    }

    /// One round trip that leaves nothing behind on the server. Its types are the server's guess, so all is text.
    private func sendUnprepared(_ sql: String, _ parameters: [any PostgresEncodable]) throws(PostgresError) {
        let encoded = try EncodedParameters(parameters, as: nil)
        let sent = encoded.withPointers { values, lengths, formats in
            PQsendQueryParams(pointer, sql, Int32(parameters.count), nil, values, lengths, formats, 1)
        }
        try check(sent == 1)
    }
}
