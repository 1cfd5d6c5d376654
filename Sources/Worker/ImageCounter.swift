import Archive
import Concurrency
import Counting
import Density
import Digest
import Fetch
import Imaging
import Inference
import Telemetry

/// Takes one image the whole way: fetch, decode, tile, infer, merge.
///
/// Each step hands a value to the next. The pipeline bounds how many images are in a step at once and how much memory
/// their pictures take; the image that waits holds back those behind it.
struct ImageCounter: Sendable {
    let fetcher: Fetcher
    let decoder: any PictureDecoding
    let pipeline: Pipeline
    let known: KnownCounts
    let metrics: WorkerMetrics
    let slowPicture: Duration
    let onEvent: @Sendable (WorkerEvent) -> Void

    private let clock = ContinuousClock()

    init(
        fetcher: Fetcher, decoder: any PictureDecoding, pipeline: Pipeline, known: KnownCounts,
        metrics: WorkerMetrics, slowPicture: Duration, onEvent: @escaping @Sendable (WorkerEvent) -> Void
    ) {
        self.fetcher = fetcher
        self.decoder = decoder
        self.pipeline = pipeline
        self.known = known
        self.metrics = metrics
        self.slowPicture = slowPicture
        self.onEvent = onEvent
    }

    /// A picture as it was fetched.
    private struct Fetched {
        let resource: FetchedResource
        let memory: ByteBudget.Reservation
        let began: ContinuousClock.Instant
        let ended: ContinuousClock.Instant
    }

    /// A picture as the network takes it, and what is left to say of how it came. It holds no fetched bytes any more.
    private struct Prepared {
        let picture: CutPicture
        let digest: SHA256Digest
        let memory: ByteBudget.Reservation
        let bytes: Int
        let fetching: FetchSeconds
        let fetchBegan: ContinuousClock.Instant
        let fetchEnded: ContinuousClock.Instant
        let decodeBegan: ContinuousClock.Instant
        let decodeEnded: ContinuousClock.Instant
    }

    private enum Preparation {
        /// The same bytes were counted before.
        case known(CountResult)
        case picture(Prepared)
    }

    /// Counts one image.
    /// - Parameters:
    ///   - open: the run's network, loaded, with the engine that fills its launches across images.
    ///   - run: says by which plan, and whether the density map is kept.
    ///   - isWanted: asked between the steps; false ends the work with `CancellationError`.
    func count(
        _ image: ClaimedShard.Image, with open: NetworkCache.Open, for run: RunDescription,
        isWanted: @Sendable () -> Bool
    ) async throws -> CountResult {
        let started = clock.now
        let prepared: Prepared
        switch try await prepare(image, with: open, for: run, isWanted: isWanted) {
        case .known(let result): return result
        case .picture(let picture): prepared = picture
        }
        try check(isWanted)
        let found = try await metrics.during(.infer) {
            try open.network.count(
                prepared.picture, from: try await open.engine.densities(of: prepared.picture.tiles))
        }
        prepared.memory.release()
        let ended = clock.now
        let times = StepTimes(
            fetch: prepared.fetchBegan.duration(to: prepared.fetchEnded),
            decode: prepared.decodeBegan.duration(to: prepared.decodeEnded),
            infer: prepared.decodeEnded.duration(to: ended))
        note(times, total: started.duration(to: ended), of: prepared, on: open.engine)
        known.note(
            KnownCounts.Known(people: found.people, tiles: found.tiles, size: found.size),
            of: KnownCounts.Key(model: open.digest, plan: run.plan, picture: prepared.digest))
        if started.duration(to: ended) > slowPicture { tell(image.url, prepared, from: started, to: ended) }
        return CountResult(
            image: image.number, count: found.people, tiles: found.tiles, width: found.size.width,
            height: found.size.height, pictureDigest: prepared.digest, pictureBytes: prepared.bytes, times: times,
            density: run.keepsDensity ? StoredDensity(found.density) : nil)
    }

    /// Fetches, and decodes what was not counted before; the fetched bytes are gone when it returns.
    private func prepare(
        _ image: ClaimedShard.Image, with open: NetworkCache.Open, for run: RunDescription,
        isWanted: @Sendable () -> Bool
    ) async throws -> Preparation {
        let fetched = try await metrics.during(.fetch) { try await fetch(image.url, isWanted) }
        let bytes = fetched.resource.bytes.count
        metrics.bytes.add(Double(bytes))
        let digest = try await Self.digest(of: fetched.resource.bytes)
        let key = KnownCounts.Key(model: open.digest, plan: run.plan, picture: digest)
        // A density map is not kept here, so a run that wants it has the picture counted again.
        if !run.keepsDensity, let known = known.count(of: key) {
            metrics.images.add(1, "known")
            return .known(
                CountResult(
                    image: image.number, count: known.people, tiles: known.tiles, width: known.size.width,
                    height: known.size.height, pictureDigest: digest, pictureBytes: bytes,
                    times: StepTimes(
                        fetch: fetched.began.duration(to: fetched.ended), decode: .zero, infer: .zero)))
        }
        return try await open.engine.whileComing {
            try await metrics.during(.decode) {
                .picture(try await decode(fetched, digest, by: run.plan, for: open.network, isWanted))
            }
        }
    }

    /// Off the caller's actor, since it keeps a core busy for a while.
    @concurrent
    private static func digest(of bytes: [UInt8]) async throws -> SHA256Digest {
        try SHA256Digest(of: bytes)
    }

    private func fetch(_ url: String, _ isWanted: () -> Bool) async throws -> Fetched {
        try await pipeline.fetches.withPlace {
            try check(isWanted)
            let began = clock.now
            let (resource, memory) = try await pipeline.fetch(url, from: fetcher)
            return Fetched(resource: resource, memory: memory, began: began, ended: clock.now)
        }
    }

    private func decode(
        _ fetched: Fetched, _ digest: SHA256Digest, by plan: TilePlan, for network: LoadedNetwork,
        _ isWanted: () -> Bool
    ) async throws -> Prepared {
        try await pipeline.decodes.withPlace {
            try check(isWanted)
            let bytes = fetched.resource.bytes
            let header = try await decoder.header(of: bytes)
            let layout = network.layout(of: header.size, by: plan)
            // A picture smaller than a tile is held once more while it is put on its ground.
            let canvas = layout.paddedSize.map { $0.area * Picture.channels } ?? 0
            let needed = decoder.memory(for: header, of: bytes.count, resizedTo: layout.resized) + canvas
            guard needed <= pipeline.decoded.limit else {
                throw ImagingError.tooMuchMemory(size: header.size, bytes: needed, limit: pipeline.decoded.limit)
            }
            let memory = try await pipeline.decoded.reserve(needed)
            let began = clock.now
            let picture = try await network.cut(bytes, of: header.size, by: layout, decoder: decoder)
            memory.shrink(to: (layout.paddedSize ?? layout.resized).area * Picture.channels)
            return Prepared(
                picture: picture, digest: digest, memory: memory, bytes: bytes.count,
                fetching: fetched.resource.seconds, fetchBegan: fetched.began, fetchEnded: fetched.ended,
                decodeBegan: began, decodeEnded: clock.now)
        }
    }

    private func note(_ times: StepTimes, total: Duration, of prepared: Prepared, on engine: BatchingEngine) {
        metrics.stepSeconds.observe(times.fetch, "fetch")
        metrics.stepSeconds.observe(times.decode, "decode")
        metrics.stepSeconds.observe(times.infer, "infer")
        metrics.stepSeconds.observe(total, "all")
        pipeline.note(
            fetch: prepared.fetching.total, decode: times.decode / .seconds(1), tiles: prepared.picture.tiles.count,
            tilesPerSecond: engine.tilesPerBusySecond, lanes: engine.geometry.batchSizes.max() ?? 1)
    }

    private func tell(
        _ url: String, _ prepared: Prepared, from started: ContinuousClock.Instant, to ended: ContinuousClock.Instant
    ) {
        func seconds(_ from: ContinuousClock.Instant, _ to: ContinuousClock.Instant) -> Double {
            from.duration(to: to) / .seconds(1)
        }
        let times = prepared.fetching
        onEvent(
            .slow(
                SlowPicture(
                    url: Fetcher.redacted(url), total: seconds(started, ended),
                    // Waiting for a free connection comes before the transfer's own clock starts.
                    waitedToFetch: max(0, seconds(started, prepared.fetchEnded) - times.total),
                    connect: times.connect, firstByte: max(0, times.firstByte - times.connect),
                    body: max(0, times.total - times.firstByte),
                    waitedToDecode: seconds(prepared.fetchEnded, prepared.decodeBegan),
                    decode: seconds(prepared.decodeBegan, prepared.decodeEnded),
                    infer: seconds(prepared.decodeEnded, ended), bytes: prepared.bytes,
                    width: prepared.picture.size.width, height: prepared.picture.size.height,
                    tiles: prepared.picture.tiles.count)))
    }

    private func check(_ isWanted: () -> Bool) throws {
        guard isWanted() else { throw CancellationError() }
    }
}
