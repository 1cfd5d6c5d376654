/// Why a line of a CSV file is no record.
public enum CSVError: Error, Equatable, CustomStringConvertible {
    /// The file ends inside a quoted field.
    case unclosedQuote(line: Int)
    /// Something other than a separator follows a closing quote.
    case textAfterQuote(line: Int)
    /// A record is longer than any sensible one: most likely a quote is not closed.
    case recordTooLong(line: Int, limit: Int)
    /// The bytes are not UTF-8.
    case notUTF8(line: Int)

    /// The line the record begins on, from 1.
    public var line: Int {
        switch self {
        case .unclosedQuote(let line), .textAfterQuote(let line), .recordTooLong(let line, _), .notUTF8(let line): line
        }
    }

    /// What is wrong, without the line.
    public var reason: String {
        switch self {
        case .unclosedQuote: "a quote is opened and never closed"
        case .textAfterQuote: "text follows a closing quote"
        case .recordTooLong(_, let limit): "longer than \(limit) bytes: is a quote not closed?"
        case .notUTF8: "not UTF-8"
        }
    }

    /// One line for people.
    public var description: String { "line \(line): \(reason)" }
}
