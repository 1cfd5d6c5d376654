import Concurrency
public import Density

/// A card that only keeps time: for scheduling work, never for counting, and never chosen by itself.
///
/// Launches of one tile and of four take the stated times on the clock that was handed in, one after the other as on a
/// card. The maps are of the tiles' brightness: the same tile gives the same bits, and other tiles others.
public final class SimulatedCard: InferenceEngine {
    /// People in a cell of white pixels, before the network's density scale.
    public static let peoplePerWhiteCell: Float = 0.125

    /// Named `simulated:N`.
    public let identity: EngineIdentity
    /// As the manifest describes the network.
    public let geometry: NetworkGeometry
    /// One on the card and one that waits for it.
    public var launchesAtOnce: Int { 2 }

    private let options: SimulatedCardOptions
    private let densityScale: Float
    private let clock: CardClock
    private let state: Locked<SimulatedCardState>
    private let done = Locked(EngineUsage())
    /// Whoever holds its place has the card.
    private let turn = Gate(limit: 1)

    /// - Parameters:
    ///   - description: its files are not looked at: the card makes launches of one tile and of four.
    ///   - index: the number in the card's name.
    ///   - clock: what the times are kept on.
    public init(
        _ description: NetworkDescription, index: Int = 0, options: SimulatedCardOptions = SimulatedCardOptions(),
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        identity = Self.identity(ofCard: index)
        geometry = NetworkGeometry(
            tile: description.tile, outputStride: description.outputStride,
            batchSizes: [1, 4])
        self.options = options
        densityScale = description.densityScale
        self.clock = CardClock(clock)
        state = Locked(SimulatedCardState(faults: options.faults))
    }

    /// What the card of that number is called.
    public static func identity(ofCard index: Int) -> EngineIdentity {
        EngineIdentity(kind: .simulated, device: "simulated:\(index)", version: "stated times", simulated: true)
    }

    /// Makes a fault happen once `launches` more launches were made.
    public func inject(_ fault: SimulatedCardFault, after launches: Int = 0) {
        state.withLock { $0.schedule(fault, after: launches) }
    }

    /// Launches that were begun.
    public var launches: Int { state.withLock { $0.launches } }

    /// What was done since the engine was opened.
    public var usage: EngineUsage { done.withLock { $0 } }

    /// How the card would say it is.
    /// - Throws: `InferenceError.closed`.
    public func health() async throws(InferenceError) -> CardHealth {
        let (isClosed, health) = state.withLock { ($0.isClosed, $0.health) }
        if isClosed { throw .closed(device: identity.device) }
        return health
    }

    /// Takes the stated time for every launch, one by one.
    /// - Throws: `InferenceError.tileSize`, `.closed`, `.cancelled`; `.deviceFailed` after a fault.
    public func densities(of tiles: [Tile]) async throws(InferenceError) -> [DensityMap] {
        try state.withLock { state throws(InferenceError) in try state.checkUsable(identity.device) }
        if let stranger = tiles.first(where: { $0.size != geometry.tile }) {
            throw .tileSize(found: "\(stranger.size)", needed: "\(geometry.tile)")
        }
        let plan = BatchPlan(tiles: tiles.count, sizes: geometry.batchSizes) { time(of: $0) / .seconds(1) }
        // All batches of a call are there from its start, whenever their turn comes.
        let asked = clock.now()
        var maps: [DensityMap] = []
        for batch in plan.batches {
            try await launch(batch, asked: asked)
            maps += tiles[batch.tiles].map(brightness(of:))
        }
        return maps
    }

    /// Ends what hangs; later calls throw `InferenceError.closed`.
    public func close() async {
        state.withLock { $0.isClosed = true }
    }

    private func launch(_ batch: BatchPlan.Batch, asked: Duration) async throws(InferenceError) {
        done.withLock { $0.addPacked() }
        do {
            try await turn.withPlace { try await compute(batch, asked: asked) }
        } catch let error as InferenceError {
            throw error
        } catch {
            // While it waited for its turn.
            throw .cancelled
        }
    }

    private func compute(_ batch: BatchPlan.Batch, asked: Duration) async throws(InferenceError) {
        let fault = try state.withLock { state throws(InferenceError) in
            try state.checkUsable(identity.device)
            return state.nextFault()
        }
        var duration = time(of: batch.size)
        if case .slow(let factor) = fault { duration = duration * factor }
        switch fault {
        case nil, .overTemperature, .slow:
            try await wait(until: state.withLock { $0.occupy(from: asked, for: duration) })
        case .hang: try await hang()
        case .failedSync:
            try await wait(until: state.withLock { $0.occupy(from: asked, for: duration) })
            throw state.withLock { $0.fail(identity.device) }
        case .crash: SimulatedCardFault.endProcess()
        }
        try state.withLock { state throws(InferenceError) in try state.checkUsable(identity.device) }
        done.withLock { $0.add(tiles: batch.tiles.count, lanes: batch.size, busy: duration) }
    }

    private func wait(until time: Duration) async throws(InferenceError) {
        do {
            try await clock.sleep(time)
        } catch {
            throw .cancelled
        }
    }

    /// Looks once a second whether the card was closed.
    private func hang() async throws(InferenceError) {
        while !state.withLock({ $0.isClosed }) { try await wait(until: clock.now() + .seconds(1)) }
    }

    private func time(of size: Int) -> Duration {
        size == 1 ? options.single : options.four
    }

    /// Mean brightness of the pixels under each cell.
    private func brightness(of tile: Tile) -> DensityMap {
        let (stride, cells) = (geometry.outputStride, geometry.cells)
        let white = Float(255 * Picture.channels * stride * stride)
        let values = (0..<cells.area).map { cell -> Float in
            let (row, column) = cell.quotientAndRemainder(dividingBy: cells.width)
            var sum = 0
            for y in row * stride..<(row + 1) * stride {
                let start = tile.offset(ofRow: y) + column * stride * Picture.channels
                for byte in tile.picture.pixels[start..<start + stride * Picture.channels] { sum += Int(byte) }
            }
            return Float(sum) / white * Self.peoplePerWhiteCell * densityScale
        }
        return DensityMap(size: cells, cells: values)
    }
}
