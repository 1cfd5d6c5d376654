/// What a connection string says of a pooler in front of the database, apart from what libpq is told.
struct PoolerWord {
    private static let name = "pgbouncer"

    /// True for `pgbouncer=true`.
    let isPooled: Bool
    /// The connection string without it; with it where it says neither true nor false, which libpq does not take.
    let rest: String
    /// Where the word says neither.
    let malformation: String?

    /// - Parameter connectionString: a URI, or keywords and values.
    init(in connectionString: String) {
        let isURI = connectionString.hasPrefix("postgresql://") || connectionString.hasPrefix("postgres://")
        let (lead, words, separator) =
            isURI ? Self.query(of: connectionString) : ("", Self.keywords(of: connectionString), " ")
        let own = words.filter { $0.hasPrefix(Self.name + "=") }
        guard !own.isEmpty else {
            (isPooled, rest, malformation) = (false, connectionString, nil)
            return
        }
        let values = own.map { $0.dropFirst(Self.name.count + 1).filter { $0 != "'" } }
        guard values.allSatisfy({ $0 == "true" || $0 == "false" }) else {
            (isPooled, rest, malformation) = (false, connectionString, "\(Self.name) is true or false")
            return
        }
        isPooled = values.last == "true"
        malformation = nil
        let others = words.filter { !$0.hasPrefix(Self.name + "=") }.joined(separator: separator)
        rest = lead + (isURI && !others.isEmpty ? "?" : "") + others
    }

    private static func query(of uri: String) -> (lead: String, words: [String], separator: String) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
        guard parts.count == 2 else { return (uri, [], "&") }
        return (parts[0], parts[1].split(separator: "&").map { String($0) }, "&")
    }

    /// Split at white space, but not at that within quotes, where a backslash takes the next character as it is.
    private static func keywords(of text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if character.isWhitespace, !isQuoted, !isEscaped {
                if !word.isEmpty { words.append(word) }
                word = ""
                continue
            }
            if character == "'", !isEscaped { isQuoted.toggle() }
            isEscaped = character == "\\" && !isEscaped
            word.append(character)
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
