import Testing

@testable import HTTPServer

@Suite struct HTTPDateTests {
    // The seconds are those of GNU date.
    @Test(
        "A date is written and read as RFC 9110 has it",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_164_800, "Thu, 29 Feb 2024 00:00:00 GMT"),
            (4_102_444_799, "Thu, 31 Dec 2099 23:59:59 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        ])
    func dateIsWrittenAndRead(_ seconds: Int, _ text: String) {
        #expect(HTTPDate(secondsSince1970: seconds).description == text)
        #expect(HTTPDate(text)?.secondsSince1970 == seconds)
    }

    @Test("Every day of four centuries comes back as itself")
    func everyDayComesBack() {
        for day in 0..<146_097 {
            let date = HTTPDate(secondsSince1970: day * 86_400 + day % 86_400)
            guard HTTPDate(date.description) != date else { continue }
            Issue.record("\(date)")
        }
    }

    @Test(
        "Anything else is no date",
        arguments: [
            "", "yesterday", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
            "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
            "Sun, +6 Nov 1994 08:49:37 GMT",
        ])
    func anythingElseIsNoDate(_ text: String) {
        #expect(HTTPDate(text) == nil)
    }
}
