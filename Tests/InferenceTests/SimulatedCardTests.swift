import Density
import Glibc
import Inference
import TestSupport
import Testing

struct SimulatedCardTests {
    private static let network = TinyNetwork.description("int8")
    private static let lost = InferenceError.deviceFailed(
        device: "simulated:0", reason: "waiting for a batch: the call failed")

    private let clock = VirtualClock()
    private let tiles = TinyNetwork.tiles(1..<5)

    private func card() -> SimulatedCard {
        SimulatedCard(Self.network, clock: clock)
    }

    @Test("A simulated card", arguments: Conformance.allCases)
    func cardConforms(fact: Conformance) async throws {
        try await fact.check(
            of: Conformance.Subject(name: "simulated card") { SimulatedCard(Self.network, clock: VirtualClock()) })
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
        #expect(card.health().troubles == .hang)
        #expect(card.launches == 2)
    }

    @Test("A hanging launch ends when its task is cancelled, and the card goes on")
    func hangEndsByCancellation() async throws {
        let card = card()
        card.inject(.hang)
        let call = Task { try await card.densities(of: tiles) }
        while card.launches == 0 { await Task.yield() }
        call.cancel()
        await #expect(throws: InferenceError.cancelled) { try await call.value }
        #expect(try await card.densities(of: tiles).count == 4)
    }

    @Test("A hanging launch ends when the card is closed")
    func hangEndsByClosing() async throws {
        let card = card()
        card.inject(.hang)
        let call = Task { try await card.densities(of: tiles) }
        while card.launches == 0 { await Task.yield() }
        await card.close()
        await #expect(throws: InferenceError.closed(device: "simulated:0")) { try await call.value }
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
        #expect(card.health().troubles == [])
        card.inject(.overTemperature)
        #expect(card.health().troubles == .overTemperature)
        #expect((card.health().chipTemperature ?? 0) > 100)
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

    @Test(
        "Ten thousand launches leave nothing behind",
        .disabled(if: ResidentMemory.isSanitized, Comment(rawValue: ResidentMemory.sanitizerReason)))
    func launchesLeaveNothing() async {
        await #expect(processExitsWith: .success) {
            let card = SimulatedCard(TinyNetwork.description("int8", batches: [1]), clock: VirtualClock())
            let tiles = TinyNetwork.tiles(1..<2)
            for _ in 0..<500 { _ = try await card.densities(of: tiles) }
            let before = ResidentMemory.bytes
            for _ in 0..<9500 { _ = try await card.densities(of: tiles) }
            try #require(card.launches == 10_000)
            try #require(ResidentMemory.bytes - before < 2 << 20)
        }
    }
}
