/// A command line that was understood.
public struct Invocation: Sendable, Hashable {
    /// The words that led to the command, without the program's name: `["local", "start"]`.
    public let path: [String]
    /// The command they name.
    public let command: Command
    /// True where `--help` stood among the words; nothing else was checked then.
    public let wantsHelp: Bool
    private let values: [String: String]
    private let flags: Set<String>
    private let arguments: [String]

    init(
        path: [String], command: Command, wantsHelp: Bool, values: [String: String], flags: Set<String>,
        arguments: [String]
    ) {
        self.path = path
        self.command = command
        self.wantsHelp = wantsHelp
        self.values = values
        self.flags = flags
        self.arguments = arguments
    }

    /// The value of an option, as it was written.
    public func value(of option: String) -> String? {
        values[option]
    }

    /// True where a flag was given.
    public func has(_ flag: String) -> Bool {
        flags.contains(flag)
    }

    /// The argument at a place, counted from 0; `nil` where an optional one is missing.
    public func argument(_ place: Int) -> String? {
        place < arguments.count ? arguments[place] : nil
    }

    /// All arguments, in their order.
    public var allArguments: [String] { arguments }

    /// The argument at a place that the parser has made sure of.
    public func required(_ place: Int) -> String {
        precondition(command.positionals[place].occurrence == .required)
        return arguments[place]
    }

    /// The value of an option as a whole number.
    /// - Throws: `UsageError.value` where it is none, or lies outside `range`.
    public func integer(of option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = values[option] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .value(option: option, text: text, needed: Self.words(for: range), path: path)
        }
        return number
    }

    /// The value of an option as a number of seconds, fractions allowed.
    /// - Throws: `UsageError.value` where it is none, or lies outside `range`, which is in seconds too.
    public func seconds(of option: String, in range: ClosedRange<Int>) throws(UsageError) -> Duration? {
        try number(of: option, in: range, unit: "seconds").map { .seconds($0) }
    }

    /// The value of an option as a number of milliseconds, fractions allowed.
    /// - Throws: `UsageError.value` where it is none, or lies outside `range`, which is in milliseconds too.
    public func milliseconds(of option: String, in range: ClosedRange<Int>) throws(UsageError) -> Duration? {
        try number(of: option, in: range, unit: "milliseconds").map { .milliseconds($0) }
    }

    /// A usage error that names an option of this invocation.
    public func refusal(of option: String, needed: String) -> UsageError {
        .value(option: option, text: values[option] ?? "", needed: needed, path: path)
    }

    private func number(
        of option: String, in range: ClosedRange<Int>, unit: String
    ) throws(UsageError) -> Double? {
        guard let text = values[option] else { return nil }
        let bounds = Double(range.lowerBound)...Double(range.upperBound)
        guard let number = Double(text), bounds.contains(number) else {
            throw refusal(
                of: option, needed: "a number of \(unit) from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func words(for range: ClosedRange<Int>) -> String {
        range.upperBound == .max
            ? "a whole number, at least \(range.lowerBound)"
            : "a whole number from \(range.lowerBound) to \(range.upperBound)"
    }
}
