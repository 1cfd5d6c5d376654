import Terminal

/// How far something is, as a line for people.
enum ProgressBar {
    private static let width = 20

    /// A bar, the part in percent and the time that is left at the rate so far: `[#####...............] 27 %, 40 s left`.
    /// - Parameter share: from 0 to 1.
    static func text(share: Double, after seconds: Double) -> String {
        let filled = Int((share * Double(width)).rounded(.down))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        let left = share > 0 ? ", \(Numbers.duration(seconds * (1 - share) / share)) left" : ""
        return "[\(bar)] \(Numbers.fixed(share * 100, digits: 0)) %" + left
    }
}
