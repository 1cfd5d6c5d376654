/// Which pages of a TIFF are counted; other formats have the one.
public enum PageChoice: Sendable, Hashable {
    /// The first.
    case first
    /// Every page but those that show another one smaller or as a mask: their people are added up.
    case all
    /// One alone, the first being 1: a picture with fewer pages fails.
    case number(Int)

    /// Numbers that a page may have which is counted alone.
    public static let numbers = 1...60

    /// The first page that is counted, from 0.
    var first: Int {
        if case .number(let number) = self { number - 1 } else { 0 }
    }

    /// The choice as part of the number of a preprocessing: 0 for the usual one.
    var code: Int {
        switch self {
        case .first, .number(1): 0
        case .all: 1
        case .number(let number): number
        }
    }
}
