/// What a simulated card remembers.
struct SimulatedCardState {
    private struct Scheduled {
        let fault: SimulatedCardFault
        let launch: Int
    }

    /// Degrees that the card reports: as a card at work, and above where the vendor's driver warns.
    private static let temperature = 52
    private static let overTemperature = 104

    var isClosed = false
    private(set) var launches = 0
    private var failure: InferenceError?
    private var scheduled: [Scheduled] = []

    mutating func schedule(_ fault: SimulatedCardFault, after count: Int) {
        scheduled.append(Scheduled(fault: fault, launch: launches + count))
    }

    /// Counts a launch and tells the fault it has; one that passes comes before one that stays.
    mutating func nextFault() -> SimulatedCardFault? {
        let due = scheduled.indices.filter { scheduled[$0].launch <= launches && scheduled[$0].fault.isOfLaunches }
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
        let isHot = scheduled.contains { $0.fault == .overTemperature && $0.launch <= launches }
        health.chipTemperature = isHot ? Self.overTemperature : Self.temperature
        health.troubles = isHot ? .overTemperature : []
        if failure != nil { health.troubles?.insert(.hang) }
        return health
    }
}
