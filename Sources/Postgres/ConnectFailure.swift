/// What libpq's verbose message of a failed connection says.
///
/// Such as `connection to server at "::1", port 5432 failed: FATAL:  28P01: password authentication failed`, one for
/// every address that was tried; the last tells where it ended.
struct ConnectFailure {
    let sqlState: String?
    let reason: String

    init(message: String) {
        let lines = message.split(whereSeparator: \.isNewline)
        let line = lines.last { $0.contains(" failed: ") } ?? lines.first ?? "no reason given"
        let cause = line.firstRange(of: " failed: ").map { line[$0.upperBound...] } ?? line
        if let match = cause.wholeMatch(of: /\w+:\s+([0-9A-Z]{5}): (.*)/) {
            sqlState = String(match.1)
            reason = String(match.2)
        } else {
            sqlState = nil
            reason = String(cause)
        }
    }
}
