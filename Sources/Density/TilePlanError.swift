/// Why a tile plan was refused.
public enum TilePlanError: Error, Equatable, CustomStringConvertible {
    /// Not a plan's name.
    case unknown(String)

    /// One line for people.
    public var description: String {
        switch self {
        case .unknown(let text):
            "unknown tile plan “\(text)”: write \(TilePlan.spelling)"
        }
    }
}
