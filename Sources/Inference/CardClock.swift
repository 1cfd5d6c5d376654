/// A clock of any kind, read as the time since it was taken up.
struct CardClock: Sendable {
    /// The time since then.
    let now: @Sendable () -> Duration
    /// Returns at a time since then; throws where the task is cancelled.
    let sleep: @Sendable (_ until: Duration) async throws -> Void

    init(_ clock: any Clock<Duration>) {
        self.init(opened: clock)
    }

    private init<Source: Clock<Duration>>(opened clock: Source) {
        let start = clock.now
        now = { start.duration(to: clock.now) }
        sleep = { try await clock.sleep(until: start.advanced(by: $0), tolerance: nil) }
    }
}
