/// The one line a failed command ends with.
enum ErrorLine {
    static func text(of error: any Error) -> String {
        if error is CancellationError { return "cancelled" }
        return String(describing: error).split(separator: "\n").joined(separator: "; ")
    }
}
