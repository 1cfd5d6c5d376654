import Arguments
import Testing

struct InvocationTests {
    private func priority(_ text: String) throws(UsageError) -> Invocation {
        try Example.parse("thing", "add", "lamp", "--priority=\(text)")
    }

    private func refusal(_ text: String, _ needed: String) -> UsageError {
        .value(option: "priority", text: text, needed: needed, path: ["thing", "add"])
    }

    @Test("Whole numbers up to both ends of the range are read", arguments: ["-3", "0", "+7", "7", "007"])
    func wholeNumbers(text: String) throws {
        #expect(try priority(text).integer(of: "priority", in: -3...7) == Int(text))
    }

    @Test(
        "What is no whole number or outside the range is refused", arguments: ["-4", "8", "1.0", "x", " 1", "1e2", "٣"])
    func otherNumbers(text: String) throws {
        let invocation = try priority(text)
        #expect(throws: refusal(text, "a whole number from -3 to 7")) {
            try invocation.integer(of: "priority", in: -3...7)
        }
    }

    @Test("A number without an upper end is asked for by its lower one")
    func openRange() throws {
        let invocation = try priority("0")
        #expect(throws: refusal("0", "a whole number, at least 1")) {
            try invocation.integer(of: "priority", in: 1...Int.max)
        }
        #expect(throws: refusal("99999999999999999999", "a whole number, at least 1")) {
            try priority("99999999999999999999").integer(of: "priority", in: 1...Int.max)
        }
    }

    @Test("Seconds may have fractions")
    func seconds() throws {
        #expect(try priority("2.5").seconds(of: "priority", in: 1...3) == .milliseconds(2500))
        #expect(try priority("1").seconds(of: "priority", in: 1...3) == .seconds(1))
    }

    @Test("Milliseconds may have fractions")
    func milliseconds() throws {
        #expect(try priority("54.8").milliseconds(of: "priority", in: 1...60) == .milliseconds(54.8))
        #expect(throws: refusal("0.5", "a number of milliseconds from 1 to 60")) {
            try priority("0.5").milliseconds(of: "priority", in: 1...60)
        }
    }

    @Test(
        "What is no number of seconds in the range is refused", arguments: ["0.99", "3.01", "nan", "inf", "2s", "-2"])
    func otherSeconds(text: String) throws {
        let invocation = try priority(text)
        #expect(throws: refusal(text, "a number of seconds from 1 to 3")) {
            try invocation.seconds(of: "priority", in: 1...3)
        }
    }

    @Test("An option that was not given has no value of any kind")
    func missingOptions() throws {
        let invocation = try Example.parse("thing", "add", "lamp")
        #expect(try invocation.integer(of: "priority", in: 1...2) == nil)
        #expect(try invocation.seconds(of: "priority", in: 1...2) == nil)
        #expect(try invocation.milliseconds(of: "priority", in: 1...2) == nil)
        #expect(invocation.refusal(of: "priority", needed: "more") == refusal("", "more"))
    }
}
