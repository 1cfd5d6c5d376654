import Density
import TestSupport
import Testing

@testable import Inference

@Suite(.enabled(if: BM1684Simulator.isPresent, BM1684Simulator.absence))
struct BM1684EngineTests {
    @Test("The chip's maps are those of the compiler's own arithmetic", arguments: ["int8", "int8-out"])
    func mapsAreTheCompilers(kind: String) async throws {
        let expected = TinyNetwork.numbers(TinyNetwork.path("tiny-int8-expected.f32"))
        let maps = try await BM1684Simulator.run(TinyNetwork.description(kind)) { engine in
            try await engine.densities(of: TinyNetwork.tiles(1..<5))
        }
        let cells = maps.flatMap(\.cells)
        #expect(cells.count == expected.count)
        let worst = zip(cells, expected).map { abs($0 - $1) }.max() ?? .infinity
        #expect(worst <= 1e-4)
        for (map, sums) in zip(maps, stride(from: 0, to: expected.count, by: 192).map { expected[$0..<$0 + 192] }) {
            #expect(abs(map.count - sums.reduce(0) { $0 + Double($1) }) <= 1e-4)
        }
    }

    @Test("The single-precision network agrees with the 8-bit one as far as 8 bits go")
    func floatNetworkIsNear() async throws {
        let tiles = TinyNetwork.tiles(1..<5)
        let exact = try await BM1684Simulator.run(TinyNetwork.description("float")) {
            try await $0.densities(of: tiles)
        }
        let quantised = TinyNetwork.numbers(TinyNetwork.path("tiny-int8-expected.f32"))
        let errors = zip(exact.flatMap(\.cells), quantised).map { abs($0 - $1) }
        #expect((errors.max() ?? .infinity) < 0.12)
        #expect(errors.reduce(0, +) / Float(max(1, errors.count)) < 0.02)
        #expect(errors.contains { $0 > 0 })
    }

    @Test(
        "A tile's map is the same bits in every lane, alone, and with any mates",
        arguments: ["int8", "int8-out", "float"])
    func lanesAreIndependent(kind: String) async throws {
        let tiles = TinyNetwork.tiles(10..<15)
        func maps(batches: [Int], _ orders: [[Int]]) async throws -> [[DensityMap]] {
            try await BM1684Simulator.run(TinyNetwork.description(kind, batches: batches)) { engine in
                try await orders.asyncMap { order in try await engine.densities(of: order.map { tiles[$0] }) }
            }
        }
        let alone = try await maps(batches: [1], [[0, 1, 2, 3, 4]])[0]
        #expect(Set(alone.map(\.cells)).count == tiles.count, "the tiles are told apart")
        // All lengths, then any orders and mates.
        let orders =
            [[0], [1, 0], [2, 1, 0], [3, 2, 1, 0], [4, 0, 1, 2]]
            + (0..<4).map { _ in (0..<Int.random(in: 1...5)).map { _ in Int.random(in: tiles.indices) } }
        for (batches, orders) in [([4], orders), ([1, 4], [[1, 0], [3, 2, 1, 0, 4]])] {
            let together = try await maps(batches: batches, orders)
            for (order, maps) in zip(orders, together) {
                let same = maps == order.map { alone[$0] }
                #expect(same, "\(order) with files for \(batches)")
            }
        }
    }

    @Test("Packed and plain input give the same bits")
    func packedAndPlainInputAgree() async throws {
        let tiles = TinyNetwork.tiles(20..<26)
        var plain = BM1684Options()
        plain.plainInput = true
        let maps = try await [BM1684Options(), plain].asyncMap { options in
            try await BM1684Simulator.run(TinyNetwork.description("int8"), options: options) {
                try await $0.densities(of: tiles)
            }
        }
        let same = maps[0] == maps[1]
        #expect(same)
    }

    @Test("Densities are scaled as the manifest says")
    func densityScaleIsApplied() async throws {
        let tiles = TinyNetwork.tiles(1..<3)
        let maps = try await [Float(1), 0.25].asyncMap { scale in
            try await BM1684Simulator.run(TinyNetwork.description("int8", densityScale: scale)) {
                try await $0.densities(of: tiles)
            }
        }
        let quartered = maps[1].map(\.cells) == maps[0].map { $0.cells.map { $0 * 0.25 } }
        #expect(quartered)
    }

    @Test("The engine says that it is a simulator, and what its network is")
    func identityNamesTheSimulator() async throws {
        try await BM1684Simulator.run(TinyNetwork.description("int8")) { engine in
            #expect(engine.identity.simulated)
            #expect(engine.identity.kind == .bm1684)
            #expect(engine.identity.device.contains("simulator"))
            #expect(engine.identity.version.contains("simulator"))
            #expect(engine.geometry.batchSizes == [1, 4])
            #expect(engine.geometry.cells == PixelSize(width: 16, height: 12))
        }
    }

    @Test("What the simulator does not measure is absent rather than zero")
    func unsupportedTelemetryIsAbsent() async throws {
        let health = try await BM1684Simulator.run(TinyNetwork.description("int8")) { try await $0.health() }
        #expect(health.memoryTotal == nil)
        #expect(health.utilisation == nil)
        #expect(health.chipTemperature == nil)
        #expect(health.troubles == nil)
        #expect(health.clock == 1000)
    }

    @Test("The library says how far apart the stages of its networks lie")
    func stagesOfTheLibrary() async throws {
        let stride = try await BM1684Simulator.use { $0.runtime.stageStride }
        #expect(stride == 32)
    }

    @Test("The inventory lists the simulated chip")
    func inventoryListsTheChip() async throws {
        let cards = try await BM1684Simulator.use { try SophonInventory($0).cards() }
        #expect(cards.count == 1)
        #expect(cards.first?.simulated == true)
        #expect(cards.first?.problem == nil)
        #expect(cards.first?.serial == nil)
    }

    @Test("A card takes one network of a process at a time, and another once that is closed")
    func cardTakesOneNetwork() async throws {
        try await BM1684Simulator.use { library in
            let network = TinyNetwork.description("int8", batches: [1])
            let first = try await BM1684Engine(network, library: library, card: 0)
            await #expect(throws: InferenceError.self) {
                _ = try await BM1684Engine(network, library: library, card: 0)
            }
            await first.close()
            await (try BM1684Engine(network, library: library, card: 0)).close()
        }
    }

    @Test("A closed engine refuses, and may be closed again")
    func closedEngineThrows() async throws {
        try await BM1684Simulator.use { library in
            let engine = try await BM1684Engine(TinyNetwork.description("int8"), library: library, card: 0)
            await engine.close()
            await engine.close()
            await #expect(throws: InferenceError.closed(device: engine.identity.device)) {
                try await engine.densities(of: TinyNetwork.tiles(1..<2))
            }
        }
    }
}

extension Sequence {
    func asyncMap<Result>(_ transform: (Element) async throws -> Result) async throws -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
