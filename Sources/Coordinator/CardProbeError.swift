public import Supervision

/// Why nothing is known of a host's cards.
public enum CardProbeError: Error, Equatable, CustomStringConvertible {
    /// The process that was to ask for them could not be started.
    case notStarted(SupervisionError)
    /// It did not come to an end within this time, and was ended.
    case silent(limit: Duration)
    /// It ended without an answer, and said this.
    case ended(ChildProcess.Ending, said: String)

    /// Lines of a process that are told of, its last ones.
    private static let lines = 3

    /// One line for people: what happened, and what to do.
    public var description: String {
        switch self {
        case .notStarted(let error):
            "the cards cannot be asked for: \(error)"
        case .silent(let limit):
            "the library did not answer within \(Int((limit / .seconds(1)).rounded(.up))) s: a card hangs, or its driver; "
                + "stop what works on its board, then recover it with the vendor's tools, which resets all chips of the "
                + "board"
        case .ended(let ending, let said):
            "the library did not answer: the process that asked it ended by \(ending) and said "
                + "\"\(Self.lastWords(of: said))\"; install the vendor's package anew, as a whole, or name another folder "
                + "with --sophon-lib"
        }
    }

    private static func lastWords(of text: String) -> String {
        let lines = text.split(whereSeparator: \.isNewline).suffix(lines)
        return lines.isEmpty ? "nothing" : lines.joined(separator: "; ")
    }
}
