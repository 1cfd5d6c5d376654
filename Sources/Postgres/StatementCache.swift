/// Which statements a connection has prepared, by their SQL text; the one not used for longest makes room.
struct StatementCache {
    let capacity: Int
    private var entries: [String: (statement: PreparedStatement, lastUse: UInt64)] = [:]
    private var uses: UInt64 = 0
    private var names: UInt64 = 0

    /// - Parameter capacity: how many statements are kept; 0 means that nothing is prepared.
    init(capacity: Int) {
        self.capacity = capacity
    }

    func contains(_ sql: String) -> Bool { entries[sql] != nil }

    mutating func use(_ sql: String) -> PreparedStatement? {
        uses += 1
        entries[sql]?.lastUse = uses
        return entries[sql]?.statement
    }

    mutating func insert(_ statement: PreparedStatement, for sql: String) {
        uses += 1
        entries[sql] = (statement, uses)
    }

    mutating func remove(_ sql: String) {
        entries[sql] = nil
    }

    /// Forgets a statement where there is no room for one more; the caller drops it on the server.
    mutating func evictIfFull() -> PreparedStatement? {
        guard entries.count >= capacity, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) else {
            return nil
        }
        entries[oldest.key] = nil
        return oldest.value.statement
    }

    /// A name never used before on this connection.
    mutating func nextName() -> String {
        names += 1
        return "headcount_\(names)"
    }
}
