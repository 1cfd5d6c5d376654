import Concurrency
public import Density

/// A card that only keeps time: for scheduling work, never for counting, and never chosen by itself.
///
/// Launches take the stated times on the clock that was handed in, one after the other as on a card. The maps are of the
/// tiles' brightness: the same tile gives the same bits, and other tiles others.
public final class SimulatedCard: InferenceEngine {
    /// How long launches take, by their number of tiles.
    public struct LaunchTimes: Sendable, Hashable {
        /// A launch of one tile.
        public var single: Duration
        /// A launch of four.
        public var four: Duration

        /// The card of the contest: 0.51 s for four single launches, 0.27 s for one of four.
        public static let contest = LaunchTimes(single: .milliseconds(127.5), four: .milliseconds(270))

        /// Two times.
        public init(single: Duration, four: Duration) {
            self.single = single
            self.four = four
        }
    }

    /// People in a cell of white pixels, before the network's density scale.
    public static let peoplePerWhiteCell: Float = 0.125

    /// Named `simulated:N`.
    public let identity: EngineIdentity
    /// As the manifest describes the network.
    public let geometry: NetworkGeometry

    private let times: LaunchTimes
    private let densityScale: Float
    private let clock: any Clock<Duration>
    private let state = Locked(SimulatedCardState())
    /// Whoever holds the one token has the card.
    private let turn = ResourcePool<Void>([()])

    /// - Parameters:
    ///   - description: the files are not read; their batches, 1 and 4, are the launches there are.
    ///   - index: the number in the card's name.
    ///   - clock: what the times are kept on.
    public init(
        _ description: NetworkDescription, index: Int = 0, times: LaunchTimes = .contest,
        clock: any Clock<Duration> = ContinuousClock()
    ) {
        identity = Self.identity(ofCard: index)
        geometry = NetworkGeometry(
            tile: description.tile, outputStride: description.outputStride,
            batchSizes: Set(description.files.map(\.batch)).sorted())
        self.times = times
        densityScale = description.densityScale
        self.clock = clock
    }

    /// What the card of that number is called.
    public static func identity(ofCard index: Int) -> EngineIdentity {
        EngineIdentity(kind: .simulated, device: "simulated:\(index)", version: "stated times", simulated: true)
    }

    /// Makes a fault happen once `launches` more launches were made.
    public func inject(_ fault: SimulatedCardFault, after launches: Int = 0) {
        state.withLock { $0.schedule(fault, after: launches) }
    }

    /// Launches that were made.
    public var launches: Int { state.withLock { $0.launches } }

    /// How the card would say it is.
    public func health() -> CardHealth {
        state.withLock { $0.health }
    }

    /// Takes the stated time for every launch, one by one.
    /// - Throws: `InferenceError.tileSize`, `.closed`, `.cancelled`; `.deviceFailed` after a fault.
    public func densities(of tiles: [Tile]) async throws(InferenceError) -> [DensityMap] {
        try state.withLock { state throws(InferenceError) in try state.checkUsable(identity.device) }
        if let stranger = tiles.first(where: { $0.size != geometry.tile }) {
            throw .tileSize(found: "\(stranger.size)", needed: "\(geometry.tile)")
        }
        let plan = BatchPlan(tiles: tiles.count, sizes: geometry.batchSizes) { seconds(of: $0) }
        var maps: [DensityMap] = []
        for batch in plan.batches {
            try await launch(batch.size)
            maps += tiles[batch.tiles].map(brightness(of:))
        }
        return maps
    }

    /// Ends what hangs; later calls throw `InferenceError.closed`.
    public func close() async {
        state.withLock { $0.isClosed = true }
    }

    private func launch(_ size: Int) async throws(InferenceError) {
        await turn.take()
        defer { turn.giveBack(()) }
        let fault = try state.withLock { state throws(InferenceError) in
            try state.checkUsable(identity.device)
            return state.nextFault()
        }
        let duration = size == 1 ? times.single : times.four
        switch fault {
        case nil, .overTemperature: try await wait(duration)
        case .slow(let factor): try await wait(duration * factor)
        case .hang: try await hang()
        case .failedSync:
            try await wait(duration)
            throw state.withLock { $0.fail(identity.device) }
        case .crash: SimulatedCardFault.endProcess()
        }
        try state.withLock { state throws(InferenceError) in try state.checkUsable(identity.device) }
    }

    private func wait(_ duration: Duration) async throws(InferenceError) {
        do {
            try await clock.sleep(for: duration)
        } catch {
            throw .cancelled
        }
    }

    /// Looks once a second whether the card was closed.
    private func hang() async throws(InferenceError) {
        while !state.withLock({ $0.isClosed }) { try await wait(.seconds(1)) }
    }

    private func seconds(of size: Int) -> Double {
        let (whole, fraction) = (size == 1 ? times.single : times.four).components
        return Double(whole) + Double(fraction) * 1e-18
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
