import Glibc

/// What a failed tool of the compiler said, boiled down to the line that tells why.
struct BuildLog {
    private let lines: [Substring]

    init(path: String) {
        let content = (try? FileContent.read(path)) ?? []
        lines = String(decoding: content.suffix(1 << 20), as: UTF8.self).split { $0 == "\n" || $0 == "\r" }
    }

    /// The compiler's own words: the last line that names an error, else the last line.
    var reason: String? {
        let telling = ["error:", "Error:", "ERROR", "UNREACHABLE", "Assertion", "not support", "Unsupport", "assert"]
        let named = lines.last { line in telling.contains { line.contains($0) } && !line.contains("Traceback") }
        return (named ?? lines.last).map { String($0.prefix(300)).trimmed }
    }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
