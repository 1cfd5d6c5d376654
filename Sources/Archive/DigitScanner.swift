/// Takes ASCII digits and signs off the front of a text.
struct DigitScanner {
    private var rest: Substring.UTF8View

    init(_ text: String) {
        rest = text[...].utf8
    }

    var isAtEnd: Bool { rest.isEmpty }

    var startsWithDigit: Bool { rest.first.map(Self.isDigit) ?? false }

    /// Takes `sign` if it comes next.
    mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: sign) else { return false }
        rest.removeFirst()
        return true
    }

    /// Takes a number of exactly so many digits; nothing where there are fewer or the number is outside `range`.
    mutating func number(digits: Int, in range: ClosedRange<Int64>) -> Int64? {
        let taken = rest.prefix(digits)
        guard taken.count == digits, taken.allSatisfy(Self.isDigit) else { return nil }
        let number = taken.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        guard range.contains(number) else { return nil }
        rest = rest.dropFirst(digits)
        return number
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
