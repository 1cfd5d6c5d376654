import Archive
import Concurrency
import Counting
import Density
import Digest
import Fetch
import Imaging
import Inference

/// Takes one image the whole way: fetch, decode, tile, infer, merge.
///
/// Each step hands a value to the next. Gates bound how many images are in a step at once; the one that waits holds
/// back those behind it.
struct ImageCounter: Sendable {
    let fetcher: Fetcher
    let decoder: PictureDecoder
    let fetches: Gate
    let decodes: Gate
    let clock = ContinuousClock()

    /// Counts one image.
    /// - Parameters:
    ///   - network: the run's network, loaded.
    ///   - plan: the run's tile plan.
    ///   - isWanted: asked between the steps; false ends the work with `CancellationError`.
    func count(
        _ image: ClaimedShard.Image, with network: LoadedNetwork, plan: TilePlan,
        isWanted: @Sendable () -> Bool
    ) async throws -> CountResult {
        var times = StepTimes(fetch: .zero, decode: .zero, infer: .zero)
        let resource = try await fetches.withPlace {
            try check(isWanted)
            let started = clock.now
            let resource = try await fetcher.fetch(image.url)
            times.fetch = started.duration(to: clock.now)
            return resource
        }
        let picture = try await decodes.withPlace {
            try check(isWanted)
            let started = clock.now
            defer { times.decode = started.duration(to: clock.now) }
            return try await network.cut(resource.bytes, by: plan, decoder: decoder)
        }
        try check(isWanted)
        let started = clock.now
        let maps = try await network.engine.densities(of: picture.tiles)
        times.infer = started.duration(to: clock.now)
        let found = try network.count(picture, from: maps)
        return CountResult(
            image: image.number, count: found.people, tiles: found.tiles, width: found.size.width,
            height: found.size.height, pictureDigest: try SHA256Digest(of: resource.bytes),
            pictureBytes: resource.bytes.count, times: times)
    }

    private func check(_ isWanted: () -> Bool) throws {
        guard isWanted() else { throw CancellationError() }
    }
}
