import Concurrency
public import Density

/// A network on one BM1684 card, through the vendor's libraries.
///
/// While the card computes a batch, the host packs the next and unpacks the one before. Close the engine before the
/// process ends: the vendor's exit handlers do not bear a launch that is still under way, so a process that cannot wait
/// for it ends by `_exit`.
public final class BM1684Engine: InferenceEngine {
    /// Batches that the host holds at a time: one packed, one on the card, one unpacked.
    private static let stagingBuffers = 3

    /// Named `bm1684:N`, or `bm1684-simulator:N` on the vendor's simulator.
    public let identity: EngineIdentity
    /// As the manifest describes the network, and the batch sizes of its files.
    public let geometry: NetworkGeometry
    /// As many as there are staging buffers.
    public var launchesAtOnce: Int { Self.stagingBuffers }

    private let card: BM1684Card
    private let networks: [Int: BM1684Network]
    private let staging: ResourcePool<StagingBuffer>
    private let times: Locked<BatchTimes>
    private let done = Locked(EngineUsage())
    /// Set before the card itself is closed, so that what waits for it gives up.
    private let closing = Locked(false)

    /// Opens a card and loads the files of `description` on it.
    /// - Parameters:
    ///   - description: one file for one tile, one for four, or both.
    ///   - library: the vendor's libraries, or its simulator's. A process may open one simulated chip.
    ///   - card: the card's number, from 0.
    /// - Throws: `InferenceError.modelRefused`, `.callFailed`, `.deviceFailed`.
    public init(
        _ description: NetworkDescription, library: SophonLibrary, card index: Int,
        options: BM1684Options = BM1684Options()
    ) async throws(InferenceError) {
        let sizes = description.files.map(\.batch).sorted()
        guard sizes == [1] || sizes == [4] || sizes == [1, 4] else {
            let found = "files for batches of \(sizes.map(String.init).joined(separator: ", "))"
            throw .modelRefused(model: description.name, found: found, needed: "one for 1 tile, one for 4, or both")
        }
        let name = library.deviceName(index)
        let card = BM1684Card(name: name)
        do throws(InferenceError) {
            networks = try await card.load(description, from: library, index: index, options: options)
        } catch {
            await card.close()
            throw error
        }
        self.card = card
        identity = EngineIdentity(
            kind: .bm1684, device: name, version: library.version, simulated: library.isSimulator)
        geometry = NetworkGeometry(
            tile: description.tile, outputStride: description.outputStride, batchSizes: sizes)
        times = Locked(BatchTimes(sizes: sizes))
        let inputBytes = networks.values.map(\.input.byteCount).max() ?? 0
        let outputBytes = networks.values.map(\.output.byteCount).max() ?? 0
        staging = ResourcePool(
            (0..<Self.stagingBuffers).map { _ in StagingBuffer(inputBytes: inputBytes, outputBytes: outputBytes) })
    }

    /// Computes the density map of each tile, full batches first, the rest padded or one by one, as measured.
    /// - Throws: `InferenceError.tileSize`, `.closed`, `.cancelled`; `.deviceFailed`, and then for every call that
    ///   follows.
    public func densities(of tiles: [Tile]) async throws(InferenceError) -> [DensityMap] {
        try checkOpen()
        if let stranger = tiles.first(where: { $0.size != geometry.tile }) {
            throw .tileSize(found: "\(stranger.size)", needed: "\(geometry.tile)")
        }
        let batches = times.withLock { $0.plan(tiles: tiles.count) }.batches
        if batches.count == 1 { return try await run(tiles, size: batches[0].size) }
        let parts = await withTaskGroup(of: (Int, Result<[DensityMap], InferenceError>).self) { group in
            for (place, batch) in batches.enumerated() {
                group.addTask {
                    do throws(InferenceError) {
                        return (place, .success(try await self.run(Array(tiles[batch.tiles]), size: batch.size)))
                    } catch {
                        return (place, .failure(error))
                    }
                }
            }
            return await group.reduce(into: [:]) { parts, part in parts[part.0] = part.1 }
        }
        var maps: [DensityMap] = []
        for place in batches.indices {
            if let part = parts[place] { maps += try part.get() }
        }
        return maps
    }

    /// What was done since the engine was opened.
    public var usage: EngineUsage { done.withLock { $0 } }

    /// How the card is; answered between batches.
    /// - Throws: `InferenceError.closed`.
    public func health() async throws(InferenceError) -> CardHealth {
        try await card.health()
    }

    /// Frees the card once the batches under way are done.
    public func close() async {
        closing.withLock { $0 = true }
        await card.close()
    }

    /// Packs, computes and unpacks one batch.
    private func run(_ tiles: [Tile], size: Int) async throws(InferenceError) -> [DensityMap] {
        guard let network = networks[size] else { preconditionFailure("no file for a batch of \(size)") }
        let buffer = await staging.take()
        defer { staging.giveBack(buffer) }
        // Waiting for the buffer may have taken a while.
        try checkOpen()
        if Task.isCancelled { throw .cancelled }
        network.pack(tiles, into: buffer.input)
        done.withLock { $0.addPacked() }
        let duration = try await card.run(size, in: buffer)
        times.withLock { $0.record(duration, size: size) }
        done.withLock { $0.add(tiles: tiles.count, lanes: size, busy: duration) }
        return network.unpack(tiles.count, from: buffer.output)
    }

    private func checkOpen() throws(InferenceError) {
        if closing.withLock({ $0 }) { throw .closed(device: identity.device) }
    }
}
