import HTTPServer

/// The secret that whoever changes something must show.
public struct ActionToken: Sendable {
    /// What it is shown in: `Authorization` belongs to the server in front of the page, where there is one.
    static let header = "Headcount-Token"

    private let bytes: [UInt8]

    /// `nil` where the text is too short to be a secret, 16 characters being the least, or holds what a header cannot: all
    /// but the printable characters of ASCII.
    public init?(_ text: String) {
        guard text.utf8.count >= 16, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        bytes = Array(text.utf8)
    }

    /// True where a request shows it, in a header of its own or as `Authorization: Bearer`.
    func isShown(in request: HTTPRequest) -> Bool {
        let prefix = "Bearer "
        let bearer = request.header("Authorization").flatMap { $0.hasPrefix(prefix) ? $0.dropFirst(prefix.count) : nil }
        return [request.header(Self.header), bearer.map(String.init)].contains { $0.map(isEqual) ?? false }
    }

    /// Takes the same time wherever the two differ.
    private func isEqual(_ text: String) -> Bool {
        let shown = Array(text.utf8)
        guard shown.count == bytes.count else { return false }
        return zip(shown, bytes).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
