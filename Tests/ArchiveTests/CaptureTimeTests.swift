import Testing

@testable import Archive

struct CaptureTimeTests {
    /// Seconds since 1970 as `date --utc --date=... +%s` tells them.
    static let instants: [(text: String, seconds: Int64)] = [
        ("1970-01-01", 0), ("1970", 0), ("1970-01", 0), ("1970-01-01T00:00", 0), ("1970-01-01 00:00:01", 1),
        ("1936", -1_073_001_600), ("1936-08", -1_054_598_400), ("1936-08-01", -1_054_598_400),
        ("1936-08-01T16:30", -1_054_539_000), ("1936-08-01 16:30:00Z", -1_054_539_000),
        ("1936-08-01T16:30:00+01:00", -1_054_542_600), ("1936-08-01T16:30:00-0330", -1_054_526_400),
        ("1936-08-01T16:30+02", -1_054_546_200), ("2000-01-01", 946_684_800),
        ("2000-02-29", 951_782_400), ("2000-03-01", 951_868_800), ("1900-02-28", -2_203_977_600),
        ("1900-03-01", -2_203_891_200), ("2024-02-29T23:59:59Z", 1_709_251_199), ("2100-03-01", 4_107_542_400),
        ("1816-07-01", -4_844_102_400), ("9999-12-31T23:59:59Z", 253_402_300_799), ("0001-01-01", -62_135_596_800),
        ("2016-12-31T23:59:60Z", 1_483_228_800), ("1844-12-30T12:00-15:56", -3_944_664_240),
        ("2020-01-01T00:00+14:00", 1_577_786_400),
    ]

    @Test("Times are those of the calendar", arguments: instants)
    func instantsAreKnown(text: String, seconds: Int64) {
        #expect(CaptureTime.microseconds(of: text) == seconds * 1_000_000)
    }

    @Test(
        "Fractions of a second are read to the microsecond and cut behind it",
        arguments: [
            ("1970-01-01T00:00:00.5", 500_000), ("1970-01-01T00:00:01.000001Z", 1_000_001),
            ("1970-01-01T00:00:00.1234567", 123_456), ("1970-01-01T00:00:00.999999999+00:00", 999_999),
            ("1969-12-31T23:59:59.75", -250_000),
        ] as [(String, Int64)])
    func fractions(text: String, micros: Int64) {
        #expect(CaptureTime.microseconds(of: text) == micros)
    }

    @Test(
        "What is no time is refused",
        arguments: [
            "", " ", "x", "36", "193", "19360", "1936-", "1936-8", "1936-08-", "1936-8-1", "1936-00", "1936-13",
            "1936-08-00", "1936-08-32", "1936-04-31", "1935-02-29", "1900-02-29", "2100-02-29", "1936-08-01T",
            "1936-08-01T16", "1936-08-01T16:", "1936-08-01T24:00", "1936-08-01T16:60", "1936-08-01T16:30:61",
            "1936-08-01T16:30:", "1936-08-01T16:30:00.", "1936-08-01T16:30:00.5x", "1936-08-01T16:30:00,5",
            "1936-08-01T16:30z", "1936-08-01t16:30", "1936-08-01  16:30", "1936-08-01T16:30+1", "1936-08-01T16:30+01:",
            "1936-08-01T16:30+01:0", "1936-08-01T16:30+16:00", "1936-08-01T16:30+01:60", "1936-08-01T16:30+99:99",
            "1936-08-01T16:30Z+01", "1936-08-01Z", "1936-08+01", "-1936", "+1936", "1936/08/01", "01.08.1936",
            "0000", "0000-00-00", "١٩٣٦", "1936-08-٠١", "１９３６", "1936-08-01\n", "1936-08-01T16:30:00Z ",
        ])
    func othersAreRefused(text: String) {
        #expect(CaptureTime.microseconds(of: text) == nil)
    }

    @Test("Days follow each other over eight centuries: two turns of the calendar")
    func daysFollowEachOther() throws {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        var last = try #require(CaptureTime.microseconds(of: "1599-12-31"))
        var days: Int64 = 0
        for year in 1600..<2400 {
            for month in 1...12 {
                for day in [1, 28, 29, 30, 31] {
                    let text = "\(year)-\(two(month))-\(two(day))"
                    guard let next = CaptureTime.microseconds(of: text) else { continue }
                    let step: Int64 = day == 28 ? 27 : 1
                    if next - last != step * 86_400_000_000 { Issue.record("\(text) does not follow the day before") }
                    last = next
                    days += step
                }
            }
        }
        #expect(days == 2 * 146_097)
    }
}
