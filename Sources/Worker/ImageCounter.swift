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
    let metrics: WorkerMetrics
    let slowPicture: Duration
    let onEvent: @Sendable (WorkerEvent) -> Void

    private let clock = ContinuousClock()

    init(
        fetcher: Fetcher, decoder: any PictureDecoding, pipeline: Pipeline, metrics: WorkerMetrics,
        slowPicture: Duration, onEvent: @escaping @Sendable (WorkerEvent) -> Void
    ) {
        self.fetcher = fetcher
        self.decoder = decoder
        self.pipeline = pipeline
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

    /// Counts one image.
    /// - Parameters:
    ///   - network: the run's network, loaded, with the engine that fills its launches across images.
    ///   - run: says by which plan, and whether the density map is kept.
    ///   - isWanted: asked between the steps; false ends the work with `CancellationError`.
    func count(
        _ image: ClaimedShard.Image, with network: LoadedNetwork, on engine: BatchingEngine, for run: RunDescription,
        isWanted: @Sendable () -> Bool
    ) async throws -> CountResult {
        let started = clock.now
        let prepared = try await prepare(image, for: network, on: engine, plan: run.plan, isWanted: isWanted)
        try check(isWanted)
        let found = try await metrics.during(.infer) {
            try network.count(prepared.picture, from: try await engine.densities(of: prepared.picture.tiles))
        }
        prepared.memory.release()
        let ended = clock.now
        let times = StepTimes(
            fetch: prepared.fetchBegan.duration(to: prepared.fetchEnded),
            decode: prepared.decodeBegan.duration(to: prepared.decodeEnded),
            infer: prepared.decodeEnded.duration(to: ended))
        note(times, total: started.duration(to: ended), of: prepared, on: engine)
        if started.duration(to: ended) > slowPicture { tell(image.url, prepared, from: started, to: ended) }
        return CountResult(
            image: image.number, count: found.people, tiles: found.tiles, width: found.size.width,
            height: found.size.height, pictureDigest: prepared.digest, pictureBytes: prepared.bytes, times: times,
            density: run.keepsDensity ? StoredDensity(found.density) : nil)
    }

    /// Fetches and decodes; the fetched bytes are gone when it returns.
    private func prepare(
        _ image: ClaimedShard.Image, for network: LoadedNetwork, on engine: BatchingEngine, plan: TilePlan,
        isWanted: @Sendable () -> Bool
    ) async throws -> Prepared {
        let fetched = try await metrics.during(.fetch) { try await fetch(image.url, isWanted) }
        metrics.bytes.add(Double(fetched.resource.bytes.count))
        return try await engine.whileComing {
            try await metrics.during(.decode) { try await decode(fetched, by: plan, for: network, isWanted) }
        }
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
        _ fetched: Fetched, by plan: TilePlan, for network: LoadedNetwork, _ isWanted: () -> Bool
    ) async throws -> Prepared {
        try await pipeline.decodes.withPlace {
            try check(isWanted)
            let bytes = fetched.resource.bytes
            let header = try await decoder.header(of: bytes)
            let layout = network.layout(of: header.size, by: plan)
            // A picture smaller than a tile is held once more while it is put on its ground.
            let canvas = layout.paddedSize.map { $0.area * Picture.channels } ?? 0
            let needed = header.memory(resizedTo: layout.resized) + canvas
            guard needed <= pipeline.decoded.limit else {
                throw ImagingError.tooMuchMemory(size: header.size, bytes: needed, limit: pipeline.decoded.limit)
            }
            let memory = try await pipeline.decoded.reserve(needed)
            let began = clock.now
            let picture = try await network.cut(bytes, of: header.size, by: layout, decoder: decoder)
            let digest = try SHA256Digest(of: bytes)
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
            tilesPerSecond: engine.tilesPerBusySecond)
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
