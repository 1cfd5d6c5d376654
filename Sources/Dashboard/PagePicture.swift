/// A picture with its density over it, as the page shows it.
public struct PagePicture: Sendable {
    /// The picture.
    public let jpeg: [UInt8]
    /// `kept` with the count, or `computed` for the page.
    public let density: String
    /// People in the density map.
    public let people: Double
    /// The density that has the last colour, in people on a hundred by a hundred pixels.
    public let highest: Double
    /// What is not as it was when the picture was counted.
    public let problem: String?

    /// A picture of all its parts.
    public init(jpeg: [UInt8], density: String, people: Double, highest: Double, problem: String?) {
        self.jpeg = jpeg
        self.density = density
        self.people = people
        self.highest = highest
        self.problem = problem
    }
}
