import Glibc

/// What can be made to go wrong with a simulated card, as it does with real ones.
public enum SimulatedCardFault: Sendable, Hashable {
    /// One launch never ends, until the card is closed or the call is cancelled.
    case hang
    /// One launch ends with a sync that failed; the card is lost from there on.
    case failedSync
    /// Every launch takes this many times as long.
    case slow(factor: Double)
    /// The card reports that it is too hot, and goes on.
    case overTemperature
    /// The process ends as by a fatal error of the vendor's library.
    case crash

    /// True where one launch has the fault; else the fault stays.
    var isPassing: Bool {
        switch self {
        case .hang, .failedSync, .crash: true
        case .slow, .overTemperature: false
        }
    }

    /// False where only the card's report tells of it.
    var isOfLaunches: Bool { self != .overTemperature }

    static func endProcess() -> Never {
        abort()
    }
}
