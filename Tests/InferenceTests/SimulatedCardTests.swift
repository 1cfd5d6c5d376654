import Density
import Glibc
import TestSupport
import Testing

@testable import Inference

struct SimulatedCardTests {
    private static let network = TinyNetwork.description("int8")
    private static let subject = Conformance.Subject(name: "simulated card", network: network, readsFiles: false) {
        SimulatedCard($0, clock: VirtualClock())
    }
    private static let lost = InferenceError.deviceFailed(
        device: "simulated:0", reason: "waiting for a batch: the call failed")

    private let clock = VirtualClock()
    private let tiles = TinyNetwork.tiles(1..<5)

    private func card() -> SimulatedCard {
        SimulatedCard(Self.network, clock: clock)
    }

    @Test("A simulated card", arguments: Conformance.allCases)
    func cardConforms(fact: Conformance) async throws {
        try await fact.check(of: Self.subject)
    }

    @Test("It always says that it is simulated")
    func identitySaysSimulated() {
        let identity = SimulatedCard(Self.network, index: 3).identity
        #expect(identity.simulated && identity.kind == .simulated && identity.device == "simulated:3")
    }

    @Test(
        "Launches take the stated times, one after the other",
        arguments: [(1, 127.5), (2, 255), (3, 270), (4, 270), (5, 397.5), (8, 540)])
    func launchesTakeTheStatedTimes(count: Int, milliseconds: Double) async throws {
        _ = try await card().densities(of: TinyNetwork.tiles(1..<count + 1))
        #expect(clock.elapsed == .milliseconds(milliseconds))
    }

    @Test("Launches take the times that options state, one tile's by the contest's card where it is not stated")
    func statedTimes() async throws {
        let options = SimulatedCardOptions(four: .milliseconds(54), single: .milliseconds(40))
        let card = SimulatedCard(Self.network, options: options, clock: clock)
        _ = try await card.densities(of: TinyNetwork.tiles(1..<6))
        #expect(clock.elapsed == .milliseconds(94))
        #expect(SimulatedCardOptions().single == .milliseconds(127.5))
        #expect(SimulatedCardOptions(four: .milliseconds(54)).single == .milliseconds(25.5))
    }

    @Test("A card whose model has a file for one tile alone launches four at a time all the same")
    func filesDoNotMatter() {
        let card = SimulatedCard(TinyNetwork.description("int8", batches: [1]))
        #expect(card.geometry.batchSizes == [1, 4])
    }

    @Test("A launch that waited for its turn begins where the one before ended, however late the host woke up")
    func latenessDoesNotAddUp() {
        var state = SimulatedCardState(faults: [])
        #expect(state.occupy(from: .zero, for: .milliseconds(50)) == .milliseconds(50))
        #expect(state.occupy(from: .milliseconds(20), for: .milliseconds(50)) == .milliseconds(100))
        #expect(state.occupy(from: .milliseconds(110), for: .milliseconds(50)) == .milliseconds(160))
    }

    @Test(
        "Faults are read as they are written",
        arguments: [
            ("hang", SimulatedCardOptions.ScheduledFault(.hang)), ("hang@200", .init(.hang, after: 200)),
            ("failed-sync@0", .init(.failedSync)), ("slow:4", .init(.slow(factor: 4))),
            ("slow:2.5@7", .init(.slow(factor: 2.5), after: 7)), ("over-temperature", .init(.overTemperature)),
            ("crash@1", .init(.crash, after: 1)),
        ])
    func faultsAreRead(text: String, fault: SimulatedCardOptions.ScheduledFault) {
        #expect(SimulatedCardOptions.ScheduledFault(text) == fault)
    }

    @Test(
        "Other words are no faults",
        arguments: ["", "Hang", "hang@", "hang@-1", "hang@x", "slow", "slow:", "slow:0", "slow:nan", "crash@1@2", "@3"])
    func otherWordsAreRefused(text: String) {
        #expect(SimulatedCardOptions.ScheduledFault(text) == nil)
    }

    @Test("A fault of the options comes after its launches")
    func faultOfTheOptions() async throws {
        let options = SimulatedCardOptions(faults: [.init(.failedSync, after: 2)])
        let card = SimulatedCard(Self.network, options: options, clock: clock)
        for _ in 0..<2 { _ = try await card.densities(of: tiles) }
        await #expect(throws: Self.lost) { try await card.densities(of: tiles) }
        #expect(card.usage.launches == 2)
    }

    @Test("Calls of many tasks share one card's time")
    func tasksShareTheTime() async throws {
        let card = card()
        try await withThrowingTaskGroup { group in
            for _ in 0..<10 { group.addTask { _ = try await card.densities(of: tiles) } }
            try await group.waitForAll()
        }
        #expect(clock.elapsed == .milliseconds(2700))
        #expect(card.launches == 10)
    }

    @Test("A white cell holds what the card says a white cell holds")
    func mapIsBrightness() async throws {
        let white = Picture(size: TinyNetwork.tile, colour: PixelColour(red: 255, green: 255, blue: 255))
        let map = try await card().densities(of: [Tile(white)])[0]
        #expect(map.cells.allSatisfy { $0 == SimulatedCard.peoplePerWhiteCell })
    }

    @Test("After a failed sync the card is lost for every call")
    func failedSyncLosesTheCard() async throws {
        let card = card()
        card.inject(.failedSync, after: 1)
        _ = try await card.densities(of: tiles)
        for _ in 0..<2 { await #expect(throws: Self.lost) { try await card.densities(of: tiles) } }
        #expect(try await card.health().troubles == .hang)
        #expect(card.launches == 2)
    }

    /// Returns once `card` has made its first launch.
    private func firstLaunch(of card: SimulatedCard) async throws {
        try await waitUntil("the first launch") { card.launches > 0 }
    }

    @Test("A hanging launch ends when its task is cancelled, and the card goes on", .timeLimit(.minutes(10)))
    func hangEndsByCancellation() async throws {
        let card = card()
        card.inject(.hang)
        let call = Task { try await card.densities(of: tiles) }
        try await firstLaunch(of: card)
        call.cancel()
        await #expect(throws: InferenceError.cancelled) { try await call.value }
        #expect(try await card.densities(of: tiles).count == 4)
    }

    @Test("A hanging launch ends when the card is closed", .timeLimit(.minutes(10)))
    func hangEndsByClosing() async throws {
        let card = card()
        card.inject(.hang)
        let call = Task { try await card.densities(of: tiles) }
        try await firstLaunch(of: card)
        await card.close()
        await #expect(throws: InferenceError.closed(device: "simulated:0")) { try await call.value }
    }

    @Test("A call that waits while another hangs ends when its task is cancelled", .timeLimit(.minutes(10)))
    func waitingEndsByCancellation() async throws {
        let card = card()
        card.inject(.hang)
        let hanging = Task { try await card.densities(of: tiles) }
        try await firstLaunch(of: card)
        let waiting = Task { try await card.densities(of: tiles) }
        try await waitUntil("the second call at the card") { card.usage.packed == 2 }
        waiting.cancel()
        await #expect(throws: InferenceError.cancelled) { try await waiting.value }
        await card.close()
        await #expect(throws: InferenceError.closed(device: "simulated:0")) { try await hanging.value }
        #expect(card.launches == 1)
    }

    @Test("A slow card stays slow, and a fault that passes still comes")
    func slownessStays() async throws {
        let card = card()
        card.inject(.slow(factor: 3))
        card.inject(.failedSync, after: 2)
        for _ in 0..<2 { _ = try await card.densities(of: tiles) }
        #expect(clock.elapsed == .milliseconds(2 * 3 * 270))
        await #expect(throws: Self.lost) { try await card.densities(of: tiles) }
    }

    @Test("A hot card reports it and goes on")
    func heatIsReported() async throws {
        let card = card()
        #expect(try await card.health().troubles == [])
        card.inject(.overTemperature)
        let health = try await card.health()
        #expect(health.troubles == .overTemperature)
        #expect(health.chipTemperature.map { $0 > 100 } == true)
        #expect(try await card.densities(of: tiles).count == 4)
    }

    @Test("A crash ends the process")
    func crashEndsTheProcess() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            let card = SimulatedCard(TinyNetwork.description("int8"), clock: VirtualClock())
            card.inject(.crash)
            _ = try await card.densities(of: TinyNetwork.tiles(1..<2))
        }
    }

    @Test("A hundred cards opened, used and closed leave nothing behind")
    func reopeningLeavesNothing() async {
        await #expect(processExitsWith: .success) {
            let growth = try await Conformance.growth(of: Self.subject)
            try #require(growth < ResidentMemory.tolerance, "the process grew by \(growth) bytes")
        }
    }

    @Test("Ten thousand launches leave nothing behind")
    func launchesLeaveNothing() async {
        await #expect(processExitsWith: .success) {
            let network = TinyNetwork.tick()
            let card = SimulatedCard(network, clock: VirtualClock())
            let tiles = TinyNetwork.tiles(1..<2, of: network.tile)
            for _ in 0..<500 { _ = try await card.densities(of: tiles) }
            let before = ResidentMemory.bytes
            for _ in 0..<9500 { _ = try await card.densities(of: tiles) }
            try #require(card.launches == 10_000)
            try #require(ResidentMemory.bytes - before < ResidentMemory.tolerance)
        }
    }
}
