/// Why a picture cannot be drawn.
public enum InspectionError: Error, Equatable, CustomStringConvertible {
    /// The database keeps no density map of it, and there is no engine to compute one.
    case nothingKept

    /// One line for people.
    public var description: String {
        switch self {
        case .nothingKept:
            "the run keeps no density maps (headcount recount --density does), and there is no engine to compute one"
        }
    }
}
