/// What an image set may be called: whatever passes it passes the function `headcount.set_name_problem` as well.
public enum ImageSetName {
    /// Longest name, in characters.
    public static let limit = 200

    /// Why `name` cannot be the name of a set, as words that follow "its name"; `nil` where it can.
    public static func problem(with name: String) -> String? {
        let scalars = name.unicodeScalars
        let isBlank = scalars.allSatisfy { $0.properties.isWhitespace && $0.properties.generalCategory != .control }
        if isBlank { return "is blank" }
        if scalars.count > limit { return "is longer than \(limit) characters" }
        if scalars.contains(where: { $0.properties.generalCategory == .control }) { return "holds a control character" }
        if scalars.contains("\u{FFFD}") { return "holds U+FFFD, which stands for bytes that are not UTF-8" }
        return nil
    }

    /// Refuses a name that no set can have.
    /// - Throws: `ArchiveError.badSetName`.
    public static func check(_ name: String) throws(ArchiveError) {
        if let reason = problem(with: name) { throw .badSetName(name, reason: reason) }
    }
}
