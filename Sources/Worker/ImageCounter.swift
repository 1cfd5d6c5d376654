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
    /// Tiles of one image, over all its pages, and so the most pages of which each is counted: about a minute of a card,
    /// and far from what `counts.tiles` can hold. More are refused before they are decoded.
    static let mostTiles = 4096

    let fetcher: Fetcher
    let decoder: any PictureDecoding
    let networks: NetworkCache
    let pipeline: Pipeline
    let known: Known
    let pages: PageChoice
    /// For all pages of one image.
    let longestDecoding: Duration
    let metrics: WorkerMetrics
    let slowPicture: Duration
    let onEvent: @Sendable (WorkerEvent) -> Void

    private let clock = ContinuousClock()

    init(
        fetcher: Fetcher, decoder: any PictureDecoding, networks: NetworkCache, pipeline: Pipeline, known: Known,
        settings: WorkerSettings, metrics: WorkerMetrics, onEvent: @escaping @Sendable (WorkerEvent) -> Void
    ) {
        self.fetcher = fetcher
        self.decoder = decoder
        self.networks = networks
        self.pipeline = pipeline
        self.known = known
        pages = settings.pages
        longestDecoding = settings.longestDecoding
        self.metrics = metrics
        slowPicture = settings.slowPicture
        self.onEvent = onEvent
    }

    /// Where counts are found that need not be made again.
    struct Known: Sendable {
        /// Those of this worker.
        let here: KnownCounts
        /// Those that others wrote, of a run and its kin; `nil` where none are taken over.
        let elsewhere: (@Sendable (SHA256Digest, _ run: Int) async throws -> KnownCount?)?
    }

    /// A picture as it was fetched.
    private struct Fetched {
        let resource: FetchedResource
        let memory: ByteBudget.Reservation
        let began: ContinuousClock.Instant
        let ended: ContinuousClock.Instant

        var duration: Duration { began.duration(to: ended) }
    }

    /// A page as the network takes it, and what is left to say of how it came. It holds no fetched bytes any more.
    private struct Prepared {
        let picture: CutPicture
        let memory: ByteBudget.Reservation
        let fetching: FetchSeconds
        let decodeBegan: ContinuousClock.Instant
        let decodeEnded: ContinuousClock.Instant
    }

    /// What is known of a picture once its bytes are there.
    private struct Identity {
        let digest: SHA256Digest
        let bytes: Int
        let etag: String?
    }

    private enum Arrival {
        /// It was counted before.
        case known(CountResult)
        case picture(Fetched, Identity)
    }

    /// What is still to be done of a picture.
    private struct Rest {
        /// `nil` once its last page was decoded: it is let go of then.
        var fetched: Fetched?
        /// For this picture alone.
        let decoder: any PictureDecoding
        /// The next page.
        var page: Int
        var tiles = 0
        /// Time of decoding the pages before.
        var spent = Duration.zero
    }

    /// What was found in the pages so far.
    private struct Found {
        var people: Double
        var tiles: Int
        var decode: Duration
        var infer: Duration
        /// Of the first page.
        let size: PixelSize
        /// Of the only page; `nil` where there are more.
        var density: DensityMap?
    }

    /// Counts one image.
    /// - Parameters:
    ///   - id: the run's.
    ///   - run: says with which network, by which plan, and whether the density map is kept.
    ///   - isWanted: asked between the steps; false ends the work with `CancellationError`.
    func count(
        _ image: ClaimedShard.Image, forRun id: Int, _ run: RunDescription, isWanted: @Sendable () -> Bool
    ) async throws -> CountResult {
        let started = clock.now
        var trace = PictureTrace(of: image.url, from: started)
        let number = await networks.start(run.model)
        do {
            let result = try await count(image, as: number, forRun: id, run, &trace, from: started, isWanted)
            await networks.end(number)
            tell(trace)
            return result
        } catch {
            await networks.end(number)
            if case .failure = Verdict(error) { tell(trace) }
            throw error
        }
    }

    private func count(
        _ image: ClaimedShard.Image, as number: Int, forRun id: Int, _ run: RunDescription,
        _ trace: inout PictureTrace, from started: ContinuousClock.Instant, _ isWanted: @Sendable () -> Bool
    ) async throws -> CountResult {
        var rest: Rest
        let identity: Identity
        let fetching: Duration
        switch try await arrival(of: image, forRun: id, run, &trace, isWanted) {
        case .known(let result):
            return result
        case .picture(let fetched, let found):
            rest = Rest(fetched: fetched, decoder: decoder.forOnePicture(), page: pages.first)
            (identity, fetching) = (found, fetched.duration)
        }
        // Only now: a network that is to make room for another waits for no server.
        let opening = try await networks.opening(for: number)
        var found: Found?
        while rest.fetched != nil {
            found = try await whileDecoded(for: opening.networkAtOnce) {
                guard let prepared = try await nextPage(of: &rest, by: run.plan, for: opening, isWanted) else {
                    return found
                }
                try check(isWanted)
                trace.decoded(prepared.picture, from: prepared.decodeBegan, to: prepared.decodeEnded)
                let open = try await opening.network
                trace.opened(at: clock.now)
                return try await infer(prepared, with: open, after: found)
            }
        }
        trace.ended(as: .counted)
        guard let found else { throw ImagingError.noSuchPage(page: rest.page + 1, pages: 0) }
        metrics.counting.stepSeconds.observe(fetching, "fetch")
        metrics.counting.stepSeconds.observe(started.duration(to: clock.now), "all")
        known.here.note(
            KnownCount(
                count: found.people, tiles: found.tiles, width: found.size.width, height: found.size.height,
                source: CountSource(run: id, image: image.number)),
            of: KnownCounts.Key(model: run.model.digest, plan: run.plan, picture: identity.digest))
        return CountResult(
            image: image.number, count: found.people, tiles: found.tiles, width: found.size.width,
            height: found.size.height, pictureDigest: identity.digest, pictureBytes: identity.bytes,
            times: StepTimes(fetch: fetching, decode: found.decode, infer: found.infer),
            density: run.keepsDensity ? found.density.map { StoredDensity($0) } : nil, etag: identity.etag)
    }

    /// Fetches a picture, unless it is known not to have changed, and finds out whether it was counted before.
    private func arrival(
        of image: ClaimedShard.Image, forRun id: Int, _ run: RunDescription,
        _ trace: inout PictureTrace, _ isWanted: () -> Bool
    ) async throws -> Arrival {
        // A density map is not kept with what is known, so a run that wants it has every picture counted.
        let earlier = run.keepsDensity ? nil : image.earlier
        let fetched = try await metrics.during(.fetch) {
            try await fetch(image.url, unlessMatching: earlier?.etag, isWanted)
        }
        let resource = fetched.resource
        trace.fetched(resource, at: fetched.ended)
        if let earlier, resource.unchanged {
            metrics.counting.images.add(1, "unchanged")
            trace.ended(as: .unchanged)
            return .known(
                CountResult(
                    image: image.number, count: earlier.count, tiles: earlier.tiles, width: earlier.width,
                    height: earlier.height, pictureDigest: earlier.pictureDigest, pictureBytes: earlier.pictureBytes,
                    times: StepTimes(fetch: fetched.duration, decode: .zero, infer: .zero), etag: earlier.etag,
                    source: earlier.source))
        }
        metrics.counting.bytes.add(Double(resource.bytes.count))
        let identity = Identity(
            digest: try await Self.digest(of: resource.bytes), bytes: resource.bytes.count,
            etag: resource.etag.flatMap(Self.storable))
        let key = KnownCounts.Key(model: run.model.digest, plan: run.plan, picture: identity.digest)
        guard !run.keepsDensity, let known = try await knownCount(of: key, run: id) else {
            return .picture(fetched, identity)
        }
        metrics.counting.images.add(1, "known")
        trace.ended(as: .known)
        return .known(
            CountResult(
                image: image.number, count: known.count, tiles: known.tiles, width: known.width, height: known.height,
                pictureDigest: identity.digest, pictureBytes: identity.bytes,
                times: StepTimes(fetch: fetched.duration, decode: .zero, infer: .zero), etag: identity.etag,
                source: known.source))
    }

    /// Looks where it is cheap first.
    private func knownCount(of key: KnownCounts.Key, run: Int) async throws -> KnownCount? {
        if let count = known.here.count(of: key) { return count }
        guard let count = try await known.elsewhere?(key.picture, run) else { return nil }
        known.here.note(count, of: key)
        return count
    }

    /// A tag that is worth keeping and can be: they come from anywhere.
    private static func storable(_ etag: String) -> String? {
        etag.utf8.count <= 200 && etag.utf8.allSatisfy { 0x20..<0x7F ~= $0 } ? etag : nil
    }

    /// Off the caller's actor, since it keeps a core busy for a while.
    @concurrent
    private static func digest(of bytes: [UInt8]) async throws -> SHA256Digest {
        try SHA256Digest(of: bytes)
    }

    private func fetch(
        _ url: String, unlessMatching etag: String?, _ isWanted: () -> Bool
    ) async throws -> Fetched {
        try await pipeline.fetches.withPlace {
            try check(isWanted)
            let began = clock.now
            let (resource, memory) = try await pipeline.fetch(url, unlessMatching: etag, from: fetcher)
            return Fetched(resource: resource, memory: memory, began: began, ended: clock.now)
        }
    }

    /// Runs `body`, which decodes a page and has it computed, while few others of the network are that far.
    /// - Parameter network: `nil` while it is loading: the memory alone bounds what is decoded meanwhile.
    private func whileDecoded<Result>(
        for network: NetworkCache.Open?, _ body: () async throws -> Result
    ) async throws -> Result {
        guard let network else { return try await body() }
        var isWaiting = true
        metrics.begin(.decode)
        defer { if isWaiting { metrics.end(.decode) } }
        return try await network.decoded.withPlace {
            isWaiting = false
            metrics.end(.decode)
            return try await body()
        }
    }

    /// Decodes the next page that is to be counted.
    /// - Returns: `nil` where there is none left.
    private func nextPage(
        of rest: inout Rest, by plan: TilePlan, for opening: NetworkCache.Opening, _ isWanted: () -> Bool
    ) async throws -> Prepared? {
        // A network that is loading keeps no core busy but one: what it takes meanwhile is decoded on the others.
        var cutter = opening.cutter
        if cutter == nil { cutter = try await opening.network.network.cutter }
        guard let cutter else { return nil }
        while let fetched = rest.fetched {
            guard rest.page == pages.first || rest.spent < longestDecoding else {
                throw ImagingError.tookTooLong(seconds: Int(longestDecoding / .seconds(1)))
            }
            let prepared = try await metrics.during(.decode) {
                try await decode(
                    fetched, &rest, by: plan, with: cutter, for: opening.networkAtOnce?.engine, isWanted)
            }
            if let prepared { return prepared }
        }
        return nil
    }

    /// - Parameter engine: `nil` while it is not there, when it waits for nobody.
    private func whileComing<Result: Sendable>(
        to engine: BatchingEngine?, _ body: () async throws -> Result
    ) async throws -> Result {
        guard let engine else { return try await body() }
        return try await engine.whileComing(body)
    }

    /// Decodes the next page, unless it is not to be counted.
    private func decode(
        _ fetched: Fetched, _ rest: inout Rest, by plan: TilePlan, with cutter: PictureCutter,
        for engine: BatchingEngine?, _ isWanted: () -> Bool
    ) async throws -> Prepared? {
        try await pipeline.decodes.withPlace {
            // Not before: those who stand behind others may not come for long.
            try await whileComing(to: engine) {
                try check(isWanted)
                let bytes = fetched.resource.bytes
                let page = rest.page
                // The decoder holds the bytes once more, in a process of its own.
                let copy = try await reserve(
                    min(bytes.count, pipeline.decoded.limit), whileNotComingTo: engine)
                let looked = clock.now
                let header = try await rest.decoder.header(of: bytes, page: page)
                rest.spent += looked.duration(to: clock.now)
                copy.release()
                let isOneOfMany = pages == .all && header.format == .tiff
                guard !isOneOfMany || header.frames <= Self.mostTiles else {
                    throw ImagingError.tooManyFrames(frames: header.frames, limit: Self.mostTiles)
                }
                rest.page += 1
                if !isOneOfMany || rest.page >= header.frames { rest.fetched = nil }
                if pages == .all && page > 0 && header.isCopy { return nil }
                let layout = cutter.layout(of: header.size, by: plan)
                rest.tiles += layout.count
                guard rest.tiles <= Self.mostTiles else { throw TooManyTiles(limit: Self.mostTiles) }
                let memory = try await reserve(
                    memory(for: header, of: bytes.count, layout: layout), whileNotComingTo: engine)
                let began = clock.now
                let picture = try await cutter.cut(
                    bytes, page: page, of: header.size, by: layout, decoder: rest.decoder)
                let ended = clock.now
                rest.spent += began.duration(to: ended)
                memory.shrink(to: (layout.paddedSize ?? layout.resized).area * Picture.channels)
                return Prepared(
                    picture: picture, memory: memory, fetching: fetched.resource.seconds, decodeBegan: began,
                    decodeEnded: ended)
            }
        }
    }

    /// What decoding a page takes.
    private func memory(for header: PictureHeader, of bytes: Int, layout: TileLayout) throws -> Int {
        // A picture smaller than a tile is held once more while it is put on its ground.
        let canvas = layout.paddedSize.map { $0.area * Picture.channels } ?? 0
        let needed = decoder.memory(for: header, of: bytes, resizedTo: layout.resized) + canvas
        guard needed <= pipeline.decoded.limit else {
            throw ImagingError.tooMuchMemory(size: header.size, bytes: needed, limit: pipeline.decoded.limit)
        }
        return needed
    }

    private func reserve(
        _ bytes: Int, whileNotComingTo engine: BatchingEngine?
    ) async throws -> ByteBudget.Reservation {
        if let free = pipeline.decoded.reserveAtOnce(bytes) { return free }
        guard let engine else { return try await pipeline.decoded.reserve(bytes) }
        return try await engine.whileNotComing { try await pipeline.decoded.reserve(bytes) }
    }

    /// Computes a page, and adds it to those before.
    private func infer(
        _ prepared: Prepared, with open: NetworkCache.Open, after before: Found?
    ) async throws -> Found {
        let began = clock.now
        let count = try await metrics.during(.infer) {
            try open.network.count(
                prepared.picture, from: try await open.engine.densities(of: prepared.picture.tiles))
        }
        prepared.memory.release()
        let decode = prepared.decodeBegan.duration(to: prepared.decodeEnded)
        let infer = began.duration(to: clock.now)
        metrics.counting.stepSeconds.observe(decode, "decode")
        metrics.counting.stepSeconds.observe(infer, "infer")
        pipeline.note(
            fetch: prepared.fetching.total, decode: decode / .seconds(1), tiles: prepared.picture.tiles.count,
            tilesPerSecond: open.engine.tilesPerBusySecond, lanes: open.engine.geometry.batchSizes.max() ?? 1,
            launchesAtOnce: open.engine.launchesAtOnce)
        open.decoded.limit = pipeline.widths.decoded
        guard var found = before else {
            return Found(
                people: count.people, tiles: count.tiles, decode: decode, infer: infer, size: count.size,
                density: count.density)
        }
        found.people += count.people
        found.tiles += count.tiles
        found.decode += decode
        found.infer += infer
        found.density = nil
        return found
    }

    private func tell(_ trace: PictureTrace) {
        if let slow = trace.told(at: clock.now, ifLongerThan: slowPicture) { onEvent(.slow(slow)) }
    }

    private func check(_ isWanted: () -> Bool) throws {
        guard isWanted() else { throw CancellationError() }
    }
}
