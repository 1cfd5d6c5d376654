/// What the queue notifies workers of.
public enum WorkNotice: String, Sendable {
    /// The channel it is told on; the payload is the case's name.
    public static let channel = "headcount"

    /// There may be something to claim that was not there before.
    case work
    /// A worker stopped or was lost, and what it held waits: others take it before what they have themselves.
    case returned

    /// The same in a run of a higher priority than others under way: also for those who have enough to do.
    case urgent

    /// A payload that is not known says no more than that there may be work.
    public init(payload: String) {
        self = WorkNotice(rawValue: payload) ?? .work
    }
}
