extension TilePlan {
    /// The part of a plan that says how a picture is cut.
    enum Cut: Hashable {
        case grid(rows: Int, columns: Int)
        case auto
        case native
    }
}

extension TilePlan.Cut: CustomStringConvertible {
    /// `nil` for what is none, or none's one spelling.
    init?(_ text: Substring) {
        switch text {
        case "native":
            self = .native
            return
        case "auto":
            self = .auto
            return
        default:
            break
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "grid" else { return nil }
        let sides = parts[1].split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let rows = sides[0], let columns = sides[1],
            (1...TilePlan.gridLimit).contains(rows), (1...TilePlan.gridLimit).contains(columns)
        else { return nil }
        self = .grid(rows: rows, columns: columns)
        // Int reads more than a plan may hold: +2 and 02.
        guard text == description else { return nil }
    }

    var description: String {
        switch self {
        case .grid(let rows, let columns): "grid:\(rows)x\(columns)"
        case .auto: "auto"
        case .native: "native"
        }
    }
}
