/// The rule for what may be enqueued as the URL of an image: whatever passes it passes the check of the table
/// `headcount.images` as well.
public enum ImageURL {
    /// Longest URL, in characters.
    public static let limit = 8192

    /// Why `text` is no URL of an image, in a few words; `nil` where it is one.
    public static func problem(with text: String) -> String? {
        // Most URLs are printable ASCII: no character of them needs to be looked up.
        let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        let length = isPlain ? text.utf8.count : text.unicodeScalars.count
        guard length <= limit else { return "the URL is longer than \(limit) characters" }
        let start = String(decoding: text.utf8.prefix(8), as: UTF8.self).lowercased()
        guard let scheme = ["http://", "https://"].first(where: start.hasPrefix) else {
            return "“\(text.prefix(80))” is not a URL that begins with http:// or https://"
        }
        let rest = text.unicodeScalars.dropFirst(scheme.count)
        if !isPlain, rest.contains(where: { $0.properties.isWhitespace || $0.properties.generalCategory == .control }) {
            return "“\(text.prefix(80))” holds a space or a control character"
        }
        if rest.first.map({ "/?#".unicodeScalars.contains($0) }) ?? true {
            return "“\(text.prefix(80))” names no host"
        }
        return nil
    }
}
