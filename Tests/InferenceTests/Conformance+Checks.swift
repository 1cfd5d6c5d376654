import Density
import Inference
import TestSupport
import Testing

extension Conformance {
    static func checkGeometry(_ engine: any InferenceEngine) async throws {
        let geometry = engine.geometry
        #expect(geometry.outputStride >= 1)
        #expect(geometry.tile.width % geometry.outputStride == 0)
        #expect(geometry.tile.height % geometry.outputStride == 0)
        #expect(!geometry.batchSizes.isEmpty && geometry.batchSizes.allSatisfy { $0 >= 1 })
        #expect(geometry.batchSizes == Set(geometry.batchSizes).sorted())
        #expect(!engine.identity.device.isEmpty && !engine.identity.version.isEmpty)
        let map = try #require(try await engine.densities(of: tiles(1, for: engine)).first)
        #expect(map.size == geometry.cells)
        #expect(map.cells.allSatisfy { $0.isFinite })
    }

    static func checkNumbersOfTiles(_ engine: any InferenceEngine) async throws {
        let tiles = tiles(9, for: engine)
        var alone: [DensityMap] = []
        for tile in tiles { alone += try await engine.densities(of: [tile]) }
        for count in 1...9 {
            #expect(try await engine.densities(of: Array(tiles[..<count])) == Array(alone[..<count]), "\(count) tiles")
        }
    }

    static func checkUsage(_ engine: any InferenceEngine) async throws {
        #expect(engine.usage == EngineUsage() && engine.usage.laneFill == nil)
        for count in [1, 4, 5] { _ = try await engine.densities(of: tiles(count, for: engine)) }
        let usage = engine.usage
        #expect(usage.packed == usage.launches)
        #expect(usage.tiles == 10 && usage.lanes >= 10 && usage.launches >= 3 && usage.launches <= usage.lanes)
        #expect(usage.busy > .zero && usage.laneFill == 10 / Double(usage.lanes))
    }

    static func checkDifference(_ engine: any InferenceEngine) async throws {
        let maps = try await engine.densities(of: tiles(3, for: engine))
        #expect(maps[0] != maps[1] && maps[1] != maps[2] && maps[0] != maps[2])
    }

    static func checkMates(_ engine: any InferenceEngine) async throws {
        let tiles = tiles(5, for: engine)
        let alone = try await engine.densities(of: [tiles[0]])
        for place in 0..<5 {
            var row = Array(tiles[1...])
            row.insert(tiles[0], at: place)
            #expect(try await engine.densities(of: row)[place] == alone[0], "at place \(place)")
        }
        let copies = try await engine.densities(of: .init(repeating: tiles[0], count: 6))
        #expect(copies.allSatisfy { $0 == alone[0] })
    }

    static func checkSharing(_ engine: any InferenceEngine) async throws {
        let tiles = tiles(6, for: engine)
        let expected = try await engine.densities(of: tiles)
        try await withThrowingTaskGroup(of: ([Int], [DensityMap]).self) { group in
            for task in 0..<8 {
                let order = (0..<4).map { (task + $0 * 5) % tiles.count }
                group.addTask { (order, try await engine.densities(of: order.map { tiles[$0] })) }
            }
            for try await (order, maps) in group {
                #expect(maps == order.map { expected[$0] }, "tiles \(order)")
            }
        }
    }

    static func checkReopening(_ engine: any InferenceEngine, _ subject: Subject) async throws {
        let tiles = tiles(3, for: engine)
        let expected = try await engine.densities(of: tiles)
        await engine.close()
        let other = try await subject.open()
        #expect(try await other.densities(of: tiles) == expected)
        #expect(other.geometry == engine.geometry && other.identity == engine.identity)
        await other.close()
    }

    static func checkRefusalOfNetworks(_ engine: any InferenceEngine, _ subject: Subject) async {
        guard subject.readsFiles else { return }
        // A device may bear one network at a time.
        await engine.close()
        for wrong in wrongNetworks(like: subject.network) {
            let error = await #expect(throws: InferenceError.self) { try await subject.load(wrong).close() }
            #expect(error?.description.contains("\n") == false)
        }
    }

    /// Another output, other channels, no file, a file that is no network.
    private static func wrongNetworks(like network: NetworkDescription) -> [NetworkDescription] {
        func other(
            files: [String]? = nil, colour: ChannelOrder? = nil, stride: Int? = nil
        ) -> NetworkDescription {
            let colour = colour ?? network.preprocessing.colour
            let values = [Float](repeating: 1, count: colour.channels)
            return NetworkDescription(
                name: "wrong",
                files: zip(network.files, files ?? network.files.map(\.path)).map { .init(path: $1, batch: $0.batch) },
                tile: network.tile, preprocessing: Preprocessing(colour: colour, mean: values, scale: values),
                outputStride: stride ?? network.outputStride, densityScale: 1)
        }
        let count = network.files.count
        return [
            other(stride: network.outputStride * 2),
            other(colour: network.preprocessing.colour == .gray ? .rgb : .gray),
            other(files: .init(repeating: "/nowhere", count: count)),
            other(files: .init(repeating: Checkout.root + "/README.md", count: count)),
        ]
    }

    static func checkRefusalOfSizes(_ engine: any InferenceEngine) async {
        let tile = engine.geometry.tile
        let good = Conformance.tiles(1, for: engine)
        for (width, height) in [(tile.width + 1, tile.height), (tile.height, tile.width + 1), (1, 1)] {
            let size = PixelSize(width: width, height: height)
            let misfit = Tile(Picture(size: size, colour: PixelColour(red: 1, green: 2, blue: 3)))
            await #expect(throws: InferenceError.tileSize(found: "\(size)", needed: "\(tile)")) {
                try await engine.densities(of: good + [misfit])
            }
        }
    }

    static func checkClosed(_ engine: any InferenceEngine) async {
        let tiles = tiles(1, for: engine)
        await engine.close()
        await engine.close()
        let closed = InferenceError.closed(device: engine.identity.device)
        await #expect(throws: closed) { try await engine.densities(of: tiles) }
        await #expect(throws: closed) { try await engine.densities(of: []) }
        await #expect(throws: closed) { try await engine.health() }
    }

    static func checkClosingInUse(_ engine: any InferenceEngine) async throws {
        let tiles = tiles(4, for: engine)
        let expected = try await engine.densities(of: tiles)
        await withTaskGroup { group in
            for _ in 0..<6 {
                group.addTask {
                    do throws(InferenceError) {
                        let maps = try await engine.densities(of: tiles)
                        #expect(maps == expected)
                    } catch {
                        #expect(error == .closed(device: engine.identity.device))
                    }
                }
            }
            group.addTask { await engine.close() }
        }
        await #expect(throws: InferenceError.self) { try await engine.densities(of: tiles) }
    }

    static func checkCancellation(_ engine: any InferenceEngine) async throws {
        let tiles = tiles(4, for: engine)
        let expected = try await engine.densities(of: tiles)
        let call = Task { try await engine.densities(of: tiles + tiles + tiles) }
        call.cancel()
        switch await call.result {
        case .success(let maps): #expect(maps == expected + expected + expected)
        case .failure(let error): #expect(error as? InferenceError == .cancelled)
        }
        #expect(try await engine.densities(of: tiles) == expected)
    }
}
