/// Reads the times that archives give their pictures.
enum CaptureTime {
    /// 2000-01-01 00:00 UTC, where PostgreSQL's time begins, in microseconds since 1970.
    static let epoch2000: Int64 = 946_684_800_000_000

    /// Microseconds since 1970 of `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, or a date with `T` or a space, `HH:MM`, optionally
    /// `:SS` and a fraction, and optionally `Z` or `±HH[[:]MM]`, up to 15:59 as PostgreSQL takes it. UTC where no zone
    /// is given; the beginning of what is left out; a fraction is cut to microseconds. `nil` for anything else, and for
    /// the year 0, which stands for an unknown one.
    static func microseconds(of text: String) -> Int64? {
        var text = DigitScanner(text)
        guard let year = text.number(digits: 4, in: 1...9999) else { return nil }
        var (month, day, time, offset): (Int64, Int64, Int64, Int64) = (1, 1, 0, 0)
        if text.take("-") {
            guard let number = text.number(digits: 2, in: 1...12) else { return nil }
            month = number
            if text.take("-") {
                guard let number = text.number(digits: 2, in: 1...length(of: month, in: year)) else { return nil }
                day = number
                if text.take("T") || text.take(" ") {
                    guard let clock = timeOfDay(&text), let zone = secondsEastOfUTC(&text) else { return nil }
                    (time, offset) = (clock, zone)
                }
            }
        }
        guard text.isAtEnd else { return nil }
        return (days(year: year, month: month, day: day) * 86400 - offset) * 1_000_000 + time
    }

    /// Microseconds since midnight. A leap second is the first of the next minute, as in PostgreSQL.
    private static func timeOfDay(_ text: inout DigitScanner) -> Int64? {
        guard let hour = text.number(digits: 2, in: 0...23), text.take(":"),
            let minute = text.number(digits: 2, in: 0...59)
        else { return nil }
        var micros = (hour * 60 + minute) * 60_000_000
        guard text.take(":") else { return micros }
        guard let second = text.number(digits: 2, in: 0...60) else { return nil }
        micros += second * 1_000_000
        guard text.take(".") else { return micros }
        guard text.startsWithDigit else { return nil }
        var unit: Int64 = 100_000
        while let digit = text.number(digits: 1, in: 0...9) {
            micros += digit * unit
            unit /= 10
        }
        return micros
    }

    /// 0 where no zone follows; `nil` where what follows begins like one and is none.
    private static func secondsEastOfUTC(_ text: inout DigitScanner) -> Int64? {
        if text.take("Z") { return 0 }
        let isWest = text.take("-")
        guard isWest || text.take("+") else { return 0 }
        guard let hours = text.number(digits: 2, in: 0...15) else { return nil }
        var minutes: Int64 = 0
        if text.take(":") || text.startsWithDigit {
            guard let number = text.number(digits: 2, in: 0...59) else { return nil }
            minutes = number
        }
        return (hours * 60 + minutes) * (isWest ? -60 : 60)
    }

    /// Days from 1970-01-01 in the proleptic Gregorian calendar; Howard Hinnant's `days_from_civil`, for years from 1.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = shifted.quotientAndRemainder(dividingBy: 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func length(of month: Int64, in year: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        default: 31
        }
    }
}
