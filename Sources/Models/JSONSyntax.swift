/// Finds where a text stops being JSON (RFC 8259), for a message that a person can act on.
///
/// The decoder of FoundationEssentials refuses such a text without saying where.
struct JSONSyntax {
    /// Deepest nesting that is followed; manifests need four.
    private static let depthLimit = 64

    private let text: [UInt8]
    private var position = 0

    /// Line and column, in bytes and from 1, of the first fault; `nil` where the whole text is one JSON value.
    static func firstFault(in text: [UInt8]) -> (line: Int, column: Int)? {
        var syntax = JSONSyntax(text: text)
        syntax.skipSpace()
        if syntax.value(depth: 0) {
            syntax.skipSpace()
            if syntax.position == text.count { return nil }
        }
        let before = text[..<syntax.position]
        let newline = UInt8(ascii: "\n")
        let line = before.count { $0 == newline } + 1
        let lineStart = before.lastIndex(of: newline).map { $0 + 1 } ?? 0
        return (line, syntax.position - lineStart + 1)
    }

    private init(text: [UInt8]) {
        self.text = text
    }

    private var next: UInt8? { position < text.count ? text[position] : nil }

    private mutating func skipSpace() {
        while let byte = next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    /// Steps over `byte` where it is next. The methods below step over what they name and stop at the first fault.
    private mutating func skip(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) -> Bool {
        guard depth < Self.depthLimit, let first = next else { return false }
        switch first {
        case UInt8(ascii: "{"): return list(close: "}") { $0.member(depth: depth + 1) }
        case UInt8(ascii: "["): return list(close: "]") { $0.value(depth: depth + 1) }
        case UInt8(ascii: "\""): return string()
        case UInt8(ascii: "t"): return word("true")
        case UInt8(ascii: "f"): return word("false")
        case UInt8(ascii: "n"): return word("null")
        default: return number()
        }
    }

    /// An array or an object, from its opening bracket on.
    private mutating func list(close: Unicode.Scalar, element: (inout JSONSyntax) -> Bool) -> Bool {
        position += 1
        skipSpace()
        if skip(close) { return true }
        while true {
            guard element(&self) else { return false }
            skipSpace()
            if skip(close) { return true }
            guard skip(",") else { return false }
            skipSpace()
        }
    }

    private mutating func member(depth: Int) -> Bool {
        guard string() else { return false }
        skipSpace()
        guard skip(":") else { return false }
        skipSpace()
        return value(depth: depth)
    }

    private mutating func string() -> Bool {
        guard skip("\"") else { return false }
        while let byte = next {
            if skip("\"") { return true }
            guard byte >= 0x20 else { return false }
            position += 1
            guard byte != UInt8(ascii: "\\") || escape() else { return false }
        }
        return false
    }

    /// What follows a backslash.
    private mutating func escape() -> Bool {
        if skip("u") { return (0..<4).allSatisfy { _ in digit(hexadecimal: true) } }
        guard let byte = next, "\"\\/bfnrt".utf8.contains(byte) else { return false }
        position += 1
        return true
    }

    private mutating func word(_ word: String) -> Bool {
        word.unicodeScalars.allSatisfy { skip($0) }
    }

    private mutating func number() -> Bool {
        _ = skip("-")
        if !skip("0") {
            guard digits() else { return false }
        }
        if skip(".") {
            guard digits() else { return false }
        }
        if skip("e") || skip("E") {
            _ = skip("-") || skip("+")
            guard digits() else { return false }
        }
        return true
    }

    private mutating func digits() -> Bool {
        guard digit(hexadecimal: false) else { return false }
        while digit(hexadecimal: false) {}
        return true
    }

    private mutating func digit(hexadecimal: Bool) -> Bool {
        guard let byte = next else { return false }
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): break
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
            if !hexadecimal { return false }
        default: return false
        }
        position += 1
        return true
    }
}
