/// A moment, in the server's own resolution and range: microseconds since 2000-01-01 00:00 UTC.
public struct PostgresTimestamp: Hashable, Comparable, Sendable {
    /// The server's own number.
    public var microsecondsSince2000: Int64

    /// Wraps the server's number.
    public init(microsecondsSince2000: Int64) {
        self.microsecondsSince2000 = microsecondsSince2000
    }

    /// From seconds since 1970-01-01 00:00 UTC, rounded to microseconds; out of range becomes an infinity.
    public init(secondsSince1970 seconds: Double) {
        let microseconds = ((seconds - Self.epochOffset) * 1_000_000).rounded()
        // Twice 2^62 is past the server's years; converting more would trap.
        switch microseconds {
        case ..<(-0x1p62): self = .negativeInfinity
        case 0x1p62...: self = .infinity
        default: microsecondsSince2000 = microseconds.isNaN ? 0 : Int64(microseconds)
        }
    }

    /// Seconds since 1970-01-01 00:00 UTC.
    public var secondsSince1970: Double {
        switch self {
        case .infinity: .infinity
        case .negativeInfinity: -.infinity
        default: Double(microsecondsSince2000) / 1_000_000 + Self.epochOffset
        }
    }

    /// SQL's `'infinity'`: later than every other.
    public static let infinity = PostgresTimestamp(microsecondsSince2000: .max)

    /// SQL's `'-infinity'`: earlier than every other.
    public static let negativeInfinity = PostgresTimestamp(microsecondsSince2000: .min)

    /// Orders by time.
    public static func < (left: PostgresTimestamp, right: PostgresTimestamp) -> Bool {
        left.microsecondsSince2000 < right.microsecondsSince2000
    }

    /// From 1970-01-01 to 2000-01-01, in seconds: 10,957 days.
    private static let epochOffset: Double = 946_684_800
}

extension PostgresTimestamp: CustomStringConvertible {
    /// ISO 8601 in UTC with microseconds; the server reads it too.
    public var description: String {
        if self == .infinity { return "infinity" }
        if self == .negativeInfinity { return "-infinity" }
        let day = microsecondsSince2000.flooredDivision(by: 86_400_000_000)
        let date = Self.civil(daysSince2000: day.quotient)
        let time = day.remainder
        func padded(_ value: Int64, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let clock = [time / 3_600_000_000, time / 60_000_000 % 60, time / 1_000_000 % 60].map { padded($0, 2) }
        let calendar = "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
        return "\(calendar)T\(clock.joined(separator: ":")).\(padded(time % 1_000_000, 6))Z"
    }

    /// The Gregorian date, by Hinnant's `civil_from_days` (https://howardhinnant.github.io/date_algorithms.html).
    private static func civil(daysSince2000 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // Days since 0000-03-01: years that begin in March end with the leap day.
        let era = (days + 730_425).flooredDivision(by: 146_097)
        let dayOfEra = era.remainder
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era.quotient * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension PostgresTimestamp: PostgresDecodable {
    /// From `timestamptz`, and from `timestamp`, which is taken as UTC.
    public init(_ cell: PostgresCell) throws(PostgresError) {
        guard cell.type == .timestamptz || cell.type == .timestamp else {
            throw cell.mismatch(expected: "PostgresTimestamp")
        }
        microsecondsSince2000 = try cell.integer(Int64.self, for: "PostgresTimestamp")
    }
}

extension PostgresTimestamp: PostgresEncodable {
    /// ISO 8601.
    public var textForm: String { description }

    /// As `timestamptz`, and as `timestamp` in UTC.
    public func encode(as type: PostgresType, into bytes: inout [UInt8]) -> Bool {
        guard type == .timestamptz || type == .timestamp else { return false }
        bytes.append(bigEndian: microsecondsSince2000)
        return true
    }
}
