/// The secret that whoever changes something must show.
public struct ActionToken: Sendable {
    private let bytes: [UInt8]

    /// `nil` where the text is too short to be a secret: 16 characters are the least.
    public init?(_ text: String) {
        guard text.utf8.count >= 16 else { return nil }
        bytes = Array(text.utf8)
    }

    /// True where a request's `Authorization` header shows it. Takes the same time wherever the two differ.
    func isShown(by header: String?) -> Bool {
        let prefix = "Bearer "
        guard let header, header.hasPrefix(prefix) else { return false }
        let shown = Array(header.dropFirst(prefix.count).utf8)
        guard shown.count == bytes.count else { return false }
        return zip(shown, bytes).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
