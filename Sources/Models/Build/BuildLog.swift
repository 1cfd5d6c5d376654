import Glibc

/// What a failed tool of the compiler said, boiled down to the line that tells why.
struct BuildLog {
    private let lines: [Substring]

    init(path: String) {
        let content = (try? FileContent.read(path)) ?? []
        self.init(text: String(decoding: content.suffix(1 << 20), as: UTF8.self))
    }

    init(text: String) {
        // Bars of progress end with a carriage return alone.
        lines = text.split(whereSeparator: \.isNewline)
    }

    /// The compiler's own words: the last line that says what it cannot do, with the operator where the line before names
    /// it; else the last that names an error, else the last line.
    var reason: String? {
        let telling = ["unimplemented", "UNREACHABLE", "Assertion `", "ASSERT_", "not support", "Unsupport"]
        if let first = telling.lazy.compactMap({ word in lines.lastIndex { $0.contains(word) } }).first {
            let operation = first > 0 && lines[first - 1].contains("\"top.") ? lines[first - 1] : ""
            return Self.cut(lines[first] + (operation.isEmpty ? "" : " ") + operation)
        }
        // The tools repeat the command that failed, which says nothing.
        let named = lines.last { line in
            ["error:", "Error:", "ERROR"].contains { line.contains($0) } && !line.contains("[!Error]: ")
                && !line.contains("Traceback")
        }
        return (named ?? lines.last).map(Self.cut)
    }

    private static func cut(_ line: Substring) -> String { String(line.prefix(300)).trimmed }
}

extension String {
    fileprivate var trimmed: String {
        String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
    }
}
