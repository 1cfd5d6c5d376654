import Postgres

/// The one line a failed command ends with.
enum ErrorLine {
    static func text(of error: any Error) -> String {
        if isInterruption(error) { return "cancelled" }
        return String(describing: error).split(separator: "\n").joined(separator: "; ")
    }

    /// True where nothing went wrong but somebody wanted it to end, whoever noticed first.
    static func isInterruption(_ error: any Error) -> Bool {
        error is CancellationError || error as? PostgresError == .cancelled
    }
}
