/// A page of help about something that is not one command.
public struct HelpTopic: Sendable, Hashable {
    /// The word that asks for it.
    public let name: String
    /// One sentence, without a full stop.
    public let abstract: String
    /// The page, in lines as they are to be printed, without the last line end.
    public let text: String

    /// A topic of three parts.
    public init(_ name: String, _ abstract: String, _ text: String) {
        self.name = name
        self.abstract = abstract
        self.text = text
    }
}
