/// How long a test waits for what must come: far longer than that takes on any machine, so that a test that waits in vain
/// ends, and says for what.
public struct Patience: Sendable {
    /// It did not come.
    public struct AtAnEnd: Error, CustomStringConvertible {
        /// What was waited for, and what was there instead.
        public let description: String
    }

    private static let limit = Duration.seconds(300)

    private let end = ContinuousClock.now + limit

    /// Begins now.
    public init() {}

    /// A pause before the next look.
    /// - Throws: `AtAnEnd` with the words for what is waited for.
    public func pause(_ words: @autoclosure () -> String) async throws {
        guard ContinuousClock.now < end else { throw AtAnEnd(description: "waited in vain for \(words())") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
