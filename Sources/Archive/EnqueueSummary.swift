/// What became of a list of URLs.
public struct EnqueueSummary: Sendable, Equatable {
    /// The run the images belong to; `nil` while nothing was taken in.
    public internal(set) var run: Int?
    /// Good lines that were read.
    public internal(set) var lines = 0
    /// Images the set did not hold before.
    public internal(set) var added = 0
    /// Lines that were left out.
    public internal(set) var badLines = 0
}
