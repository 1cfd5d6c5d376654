/// What a worker asks for.
public enum ClaimQuestion: Sendable {
    /// The next of what is to be counted.
    case next
    /// A share of what others gave back, and nothing else.
    case returned
    /// The next of runs whose priority is higher than that of something it holds, and nothing else.
    case urgent
}
