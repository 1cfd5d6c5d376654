import Arguments

/// Amounts of memory as people write them.
enum ByteSize {
    /// `512M`, `4G`, or plain bytes; `nil` for anything else and for what does not fit.
    static func bytes(_ text: String) -> Int? {
        let units: [String: Int] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
        let unit = text.last.flatMap { units[$0.uppercased()] }
        guard let number = Int(unit == nil ? text : String(text.dropLast())), number > 0 else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        return overflow ? nil : bytes
    }

    /// The value of an option.
    /// - Throws: `UsageError` where it is no amount, or under `least`.
    static func value(of option: String, atLeast least: Int, _ invocation: Invocation) throws -> Int? {
        guard let text = invocation.value(of: option) else { return nil }
        guard let bytes = bytes(text), bytes >= least else {
            throw invocation.refusal(
                of: option, needed: "an amount of memory, such as 512M or 4G, of at least \(least >> 20)M")
        }
        return bytes
    }
}
