import Concurrency
public import Density

/// A network as it was quantised for the chip, computed on the CPU in the chip's arithmetic.
///
/// Gives the counts of the chip without one, so that what INT8 costs in accuracy is known before a card is touched. For
/// measuring, not for counting: one process computes one tile at a time, and networks with operators that
/// `translation.py` does not have take the compiler's interpreter seconds a tile. Where operators stay in floating point,
/// the chip adds up in another order: counts agree to six digits then.
public final class Int8ReferenceEngine: InferenceEngine {
    /// What this engine is and where it runs, as results name it.
    public let identity: EngineIdentity
    /// What the engine expects and gives.
    public let geometry: NetworkGeometry
    /// True where the compiler's interpreter computes: some operator is its alone, and a tile takes seconds.
    public let isInterpreted: Bool

    private let network: NetworkDescription
    private let process: Int8Process
    private let done = Locked(EngineUsage())

    /// Starts the process and loads a network; takes seconds.
    /// - Parameter description: its file of batch 1 is the archive that `headcount model build` keeps.
    /// - Throws: `InferenceError.libraryMissing` without the compiler, `.modelRefused` for another file.
    public init(_ description: NetworkDescription, toolchain: Toolchain) async throws(InferenceError) {
        guard let file = description.files.first(where: { $0.batch == 1 }) else {
            throw .modelRefused(model: description.name, found: "no file for one tile", needed: "one")
        }
        identity = Self.identity(toolchain)
        geometry = NetworkGeometry(
            tile: description.tile, outputStride: description.outputStride, batchSizes: [1])
        network = description
        process = try Int8Process(description, archive: file.path, toolchain: toolchain)
        let shape = try await Self.unlessCancelled(process) { (process) throws(InferenceError) in
            try await process.start()
        }
        let needed = [
            1, description.preprocessing.colour.channels, description.tile.width, description.tile.height,
            geometry.cells.width, geometry.cells.height,
        ]
        let found = [shape.tiles, shape.channels, shape.width, shape.height, shape.columns, shape.rows]
        isInterpreted = shape.interpreted
        guard found == needed else {
            throw .modelRefused(
                model: description.name, found: "tiles, channels, width, height, columns, rows of \(found)",
                needed: "\(needed)")
        }
    }

    /// What the engine is called.
    public static func identity(_ toolchain: Toolchain) -> EngineIdentity {
        EngineIdentity(kind: .int8Reference, device: "cpu", version: toolchain.version, simulated: true)
    }

    /// One: a process computes a tile at a time.
    public var launchesAtOnce: Int { 1 }

    /// What was done since the engine was opened.
    public var usage: EngineUsage { done.withLock { $0 } }

    /// Computes the density map of each tile, one after the other. A task that is cancelled ends the process, and with
    /// it the engine: a tile of a large network may take a minute.
    public func densities(of tiles: [Tile]) async throws(InferenceError) -> [DensityMap] {
        if let stranger = tiles.first(where: { $0.size != geometry.tile }) {
            throw .tileSize(found: "\(stranger.size)", needed: "\(geometry.tile)")
        }
        let clock = ContinuousClock()
        var maps: [DensityMap] = []
        for tile in tiles {
            if Task.isCancelled { throw .cancelled }
            let started = clock.now
            let cells = try await Self.unlessCancelled(process) { (process) throws(InferenceError) in
                try await process.output(of: tile, cells: geometry.cells.area)
            }
            maps.append(DensityMap(size: geometry.cells, cells: cells.map { $0 * network.densityScale }))
            let busy = started.duration(to: clock.now)
            done.withLock { $0.add(tiles: 1, lanes: 1, busy: busy) }
        }
        return maps
    }

    /// Nothing: a CPU is watched by its operating system.
    /// - Throws: `InferenceError.closed`.
    public func health() async throws(InferenceError) -> CardHealth {
        try await process.checkOpen()
        return CardHealth()
    }

    /// Ends the process.
    public func close() async {
        await process.close()
    }

    private static func unlessCancelled<Found: Sendable>(
        _ process: Int8Process, _ body: (Int8Process) async throws(InferenceError) -> Found
    ) async throws(InferenceError) -> Found {
        let outcome: Result<Found, InferenceError> = await withTaskCancellationHandler {
            do throws(InferenceError) {
                return .success(try await body(process))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            process.abort()
        }
        if case .failure = outcome, Task.isCancelled { throw .cancelled }
        return try outcome.get()
    }
}
