/// What a test waited for did not come.
public struct NeverCame: Error, CustomStringConvertible {
    let what: String
    let limit: Duration

    /// One line for people, with what else is known.
    public var description: String { "waited \(limit) for \(what), which did not come" }

    /// - Parameter what: in words that follow "waited for".
    public init(_ what: String, within limit: Duration) {
        self.what = what
        self.limit = limit
    }
}

/// Asks again and again until it is so.
/// - Parameters:
///   - what: in words that follow "waited for".
///   - limit: long enough for the busiest of machines: only a test that fails comes to it.
/// - Throws: `NeverCame`, and what asking throws.
public func waitUntil(
    _ what: String, within limit: Duration = .seconds(300), _ isSo: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !isSo() {
        guard ContinuousClock.now < end else { throw NeverCame(what, within: limit) }
        try await Task.sleep(for: .milliseconds(20))
    }
}
