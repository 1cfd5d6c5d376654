import Terminal

/// What `headcount doctor` found, in the order in which it looked.
struct DoctorFindings {
    /// How it stands with one thing.
    enum Finding: String {
        case good = "ok"
        /// Not there, and counting works without it.
        case absent = "none"
        case amiss = "AMISS"
    }

    private var rows: [(what: String, finding: Finding, words: String)] = []

    /// True where something that is needed is amiss.
    var isAmiss: Bool { rows.contains { $0.finding == .amiss } }

    /// Notes one thing.
    mutating func note(_ what: String, _ finding: Finding, _ words: String) {
        rows.append((what, finding, words))
    }

    /// Looks at one thing: what `body` returns is good, what it throws is told in its words.
    /// - Parameter otherwise: what it is where `body` throws.
    mutating func check(
        _ what: String, otherwise: Finding = .amiss, _ body: () async throws -> String
    ) async {
        do {
            note(what, .good, try await body())
        } catch {
            note(what, otherwise, ErrorLine.text(of: error))
        }
    }

    /// A line for each.
    var text: String {
        rows.map { row in
            let what = row.what + String(repeating: " ", count: max(1, 15 - row.what.count))
            let finding = row.finding.rawValue + String(repeating: " ", count: 7 - row.finding.rawValue.count)
            return what + finding + row.words + "\n"
        }.joined()
    }
}
