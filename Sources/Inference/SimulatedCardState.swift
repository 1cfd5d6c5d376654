/// What a simulated card remembers.
struct SimulatedCardState {
    /// Degrees that the card reports: as a card at work, and above where the vendor's driver warns.
    private static let temperature = 52
    private static let overTemperature = 104

    var isClosed = false
    private(set) var launches = 0
    private var failure: InferenceError?
    private var scheduled: [SimulatedCardOptions.ScheduledFault]
    /// When the card is done with what it was given, on its own clock.
    private var busyUntil = Duration.zero

    init(faults: [SimulatedCardOptions.ScheduledFault]) {
        scheduled = faults
    }

    /// Makes `fault` happen once `count` more launches were made.
    mutating func schedule(_ fault: SimulatedCardFault, after count: Int) {
        scheduled.append(.init(fault, after: launches + count))
    }

    /// Keeps the card busy with a launch that was asked for at a time.
    ///
    /// It begins where the launch before ends by its stated time, however late this process noticed: a card does not
    /// wait for its host to wake up.
    /// - Returns: when it ends.
    mutating func occupy(from asked: Duration, for duration: Duration) -> Duration {
        busyUntil = max(asked, busyUntil) + duration
        return busyUntil
    }

    /// Counts a launch and tells the fault it has; one that passes comes before one that stays.
    mutating func nextFault() -> SimulatedCardFault? {
        let due = scheduled.indices.filter { scheduled[$0].launches <= launches && scheduled[$0].fault.isOfLaunches }
        launches += 1
        guard let place = due.first(where: { scheduled[$0].fault.isPassing }) ?? due.first else { return nil }
        let fault = scheduled[place].fault
        if fault.isPassing { scheduled.remove(at: place) }
        return fault
    }

    /// Loses the card.
    mutating func fail(_ device: String) -> InferenceError {
        let error = InferenceError.deviceFailed(device: device, reason: "waiting for a batch: the call failed")
        failure = error
        return error
    }

    func checkUsable(_ device: String) throws(InferenceError) {
        if isClosed { throw .closed(device: device) }
        if let failure { throw failure }
    }

    var health: CardHealth {
        var health = CardHealth()
        let isHot = scheduled.contains { $0.fault == .overTemperature && $0.launches <= launches }
        health.chipTemperature = isHot ? Self.overTemperature : Self.temperature
        health.troubles = isHot ? .overTemperature : []
        if failure != nil { health.troubles?.insert(.hang) }
        return health
    }
}
