/// Why lines of a CSV file are no record.
public struct CSVError: Error, Equatable, CustomStringConvertible {
    /// What can be wrong.
    public enum Problem: Sendable, Equatable {
        /// The file ends inside a quoted field.
        case unclosedQuote
        /// Something other than a separator follows a closing quote.
        case textAfterQuote
        /// A record is longer than any sensible one: most likely a quote is not closed.
        case recordTooLong(limit: Int)
        /// The bytes are not UTF-8.
        case notUTF8
    }

    /// What is wrong.
    public let problem: Problem
    /// The lines that are lost with it, from 1: a quote that is not closed takes in all that follow it.
    public let lines: ClosedRange<Int>

    /// An error of two parts.
    public init(_ problem: Problem, lines: ClosedRange<Int>) {
        self.problem = problem
        self.lines = lines
    }

    /// What is wrong, without the lines.
    public var reason: String {
        switch problem {
        case .unclosedQuote: "a quote is opened and never closed"
        case .textAfterQuote: "text follows a closing quote"
        case .recordTooLong(let limit): "longer than \(limit) bytes: is a quote not closed?"
        case .notUTF8: "not UTF-8"
        }
    }

    /// One line for people.
    public var description: String {
        "\(Self.words(for: lines)): \(reason)"
    }

    /// `line 4`, or `lines 4 to 9`.
    public static func words(for lines: ClosedRange<Int>) -> String {
        lines.count == 1 ? "line \(lines.lowerBound)" : "lines \(lines.lowerBound) to \(lines.upperBound)"
    }
}
