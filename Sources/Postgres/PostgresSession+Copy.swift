import CPostgres

extension PostgresSession {
    /// Runs a COPY TO STDOUT and hands over what it writes, in pieces of 64 KB or somewhat more.
    /// - Returns: how many rows there were.
    func copyOut(_ sql: String, _ each: (UnsafeRawBufferPointer) throws -> Void) throws -> Int {
        try begin(sql)
        try check(PQsendQuery(pointer, sql) == 1)
        guard let start = nextResult() else { throw lost(lastMessage) }
        guard start.status == PGRES_COPY_OUT else {
            let reason = start.status == PGRES_FATAL_ERROR ? error(of: start) : nil
            _ = try finish()
            throw reason ?? .misuse(reason: "copyOut needs COPY ... TO STDOUT")
        }
        var piece: [UInt8] = []
        piece.reserveCapacity(Self.pieceSize * 2)
        var failure: (any Error)?
        while let row = nextCopyRow() {
            defer { PQfreemem(row.baseAddress) }
            // Once it failed, what is still under way is thrown away.
            if failure != nil { continue }
            piece.append(contentsOf: UnsafeRawBufferPointer(row))
            guard piece.count >= Self.pieceSize else { continue }
            do {
                if Task.isCancelled { throw PostgresError.cancelled }
                try piece.withUnsafeBytes(each)
                piece.removeAll(keepingCapacity: true)
            } catch {
                failure = error
                requestCancel()
            }
        }
        let end: Result<Int, PostgresError>
        do throws(PostgresError) {
            end = .success(try finish()?.affectedRows ?? 0)
        } catch {
            end = .failure(error)
        }
        if let failure { throw failure }
        let rows = try end.get()
        if !piece.isEmpty { try piece.withUnsafeBytes(each) }
        return rows
    }

    private static let pieceSize = 65_536

    /// The next row of a COPY TO STDOUT, which the caller frees; `nil` at its end, whatever ended it.
    private func nextCopyRow() -> UnsafeMutableBufferPointer<CChar>? {
        var row: UnsafeMutablePointer<CChar>?
        while true {
            let length = PQgetCopyData(pointer, &row, 1)
            if length > 0 { return UnsafeMutableBufferPointer(start: row, count: Int(length)) }
            // Nothing yet: waited for in slices, so that the cancellation of the task is seen.
            guard length == 0, waitForInput() else { return nil }
        }
    }
}
