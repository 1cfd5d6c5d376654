import CPostgres

extension PostgresConnection {
    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// The body is synchronous, so that no statement of another task can slip in. Transactions do not nest.
    /// - Throws: what `body` throws; `PostgresError.connectionLost` out of the commit leaves open whether it took effect.
    public func transaction<Result: Sendable>(
        _ body: @Sendable (isolated PostgresConnection) throws -> Result
    ) throws -> Result {
        let session = try current()
        guard session.transactionStatus == PQTRANS_IDLE || session.isLost else {
            throw PostgresError.misuse(reason: "a transaction within a transaction")
        }
        try session.execute("BEGIN")
        do {
            let result = try body(self)
            // COMMIT would quietly roll back where a statement failed and its error was caught.
            guard session.transactionStatus != PQTRANS_INERROR else {
                throw PostgresError.misuse(reason: "a statement of the transaction failed and was taken for done")
            }
            try session.execute("COMMIT")
            return result
        } catch {
            if !session.isLost && session.transactionStatus != PQTRANS_IDLE {
                // A rollback that fails has lost the connection, and the server rolls back by itself; the error that
                // led here says more.
                try? session.ignoringCancellation { () throws(PostgresError) in try session.execute("ROLLBACK") }
            }
            throw error
        }
    }
}
