/// What a listener has to tell.
public enum PostgresNotification: Sendable, Equatable {
    /// Notifications arrive from now on; earlier ones may have been missed, so look once at what they are about.
    ///
    /// The first event, the first after every reconnecting, and the one that follows where the reader was too slow.
    case listening
    /// Somebody notified.
    case received(channel: String, payload: String)
    /// The connection broke, or could not be made; the listener tries again by itself.
    case interrupted(PostgresError)
}
