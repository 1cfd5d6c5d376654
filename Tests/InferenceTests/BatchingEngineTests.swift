import Concurrency
import Density
import TestSupport
import Testing

@testable import Inference

struct BatchingEngineTests {
    private static let tile = PixelSize(width: 16, height: 8)

    private static let network = TinyNetwork.description(files: [], tile: tile, stride: 8)

    private static func card(_ network: NetworkDescription = network) -> SimulatedCard {
        SimulatedCard(network, options: SimulatedCardOptions(four: .microseconds(100)))
    }

    private static let subject = Conformance.Subject(name: "a simulated card", network: network, readsFiles: false) {
        BatchingEngine(card($0), linger: .milliseconds(1))
    }

    @Test("it conforms as the engine behind it does", arguments: Conformance.allCases)
    func conforms(fact: Conformance) async throws {
        try await fact.check(of: Self.subject)
    }

    @Test("tiles of many tasks share launches, and every lane is used but for the last")
    func launchesAreShared() async throws {
        let records = Locked<[LaunchRecord]>([])
        let card = Self.card()
        let engine = BatchingEngine(card, linger: .seconds(3600)) { record in records.withLock { $0.append(record) } }
        let pictures = (0..<49).map { number in
            (0..<(number % 7 + 1)).map { index in
                var noise = Noise(seed: UInt64(number * 10 + index))
                return Tile(noise.picture(Self.tile))
            }
        }
        let count = pictures.reduce(0) { $0 + $1.count }
        #expect(count.isMultiple(of: 4), "else the last launch would linger")
        let maps = try await withThrowingTaskGroup(of: (Int, [DensityMap]).self) { group in
            for (number, tiles) in pictures.enumerated() {
                group.addTask { (number, try await engine.densities(of: tiles)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for (number, tiles) in pictures.enumerated() {
            #expect(maps[number] == (try await card.densities(of: tiles)), "picture \(number)")
        }
        let launches = records.withLock { $0 }
        #expect(launches.count == count / 4)
        #expect(launches.allSatisfy { $0.tiles == 4 && $0.lanes == 4 })
        #expect(launches.contains { $0.pictures > 1 })
        #expect(engine.tilesPerBusySecond.map { $0 > 0 } == true)
        await engine.close()
    }

    @Test("a short launch is made where nothing else comes, and says how many lanes were empty")
    func shortLaunch() async throws {
        let records = Locked<[LaunchRecord]>([])
        let engine = BatchingEngine(Self.card(), linger: .milliseconds(1)) { record in
            records.withLock { $0.append(record) }
        }
        var noise = Noise(seed: 1)
        let tiles = (0..<3).map { _ in Tile(noise.picture(Self.tile)) }
        let maps = try await engine.densities(of: tiles)
        #expect(maps.count == 3)
        #expect(records.withLock { $0.map { [$0.tiles, $0.lanes] } } == [[3, 4]])
        await engine.close()
    }

    @Test("what waits for an unknown time is not waited for, though it comes in the end")
    func notComing() async throws {
        let engine = BatchingEngine(Self.card(), linger: .milliseconds(1))
        #expect(engine.coming == 0)
        try await engine.whileComing {
            #expect(engine.coming == 1)
            let maps = try await engine.whileNotComing {
                #expect(engine.coming == 0)
                var noise = Noise(seed: 1)
                return try await engine.densities(of: [Tile(noise.picture(Self.tile))])
            }
            #expect(maps.count == 1)
            #expect(engine.coming == 1)
        }
        #expect(engine.coming == 0)
        await engine.close()
    }

    @Test("a device that fails ends every picture of its launch, and those that wait")
    func failure() async throws {
        let card = Self.card()
        card.inject(.failedSync)
        let engine = BatchingEngine(card, linger: .milliseconds(1))
        await withTaskGroup { group in
            for number in 0..<6 {
                group.addTask {
                    var noise = Noise(seed: UInt64(number))
                    let tiles = (0..<3).map { _ in Tile(noise.picture(Self.tile)) }
                    let error = await #expect(throws: InferenceError.self) { try await engine.densities(of: tiles) }
                    if case .deviceFailed? = error { return }
                    Issue.record("\(String(describing: error))")
                }
            }
        }
        await engine.close()
    }
}
