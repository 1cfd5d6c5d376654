import Archive
import Concurrency
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
        let (size, tiles, layout) = try await decodes.withPlace {
            try check(isWanted)
            let started = clock.now
            defer { times.decode = started.duration(to: clock.now) }
            return try await Self.cut(resource.bytes, by: plan, for: network, decoder: decoder)
        }
        try check(isWanted)
        let started = clock.now
        let maps = try await network.engine.densities(of: tiles)
        times.infer = started.duration(to: clock.now)
        let count = layout.merge(maps, stride: network.engine.geometry.outputStride).count
        guard count.isFinite else {
            throw InferenceError.callFailed(
                call: "the network", model: network.name, reason: "its density map holds values that are no numbers")
        }
        return CountResult(
            image: image.number,
            // A network without a last ReLU may end a hair below zero on an empty scene.
            count: max(0, count), tiles: tiles.count, width: size.width, height: size.height,
            pictureDigest: try SHA256Digest(of: resource.bytes), pictureBytes: resource.bytes.count, times: times)
    }

    /// Decodes, resizes and cuts a picture; off the caller's actor, since it keeps a core busy for a while.
    @concurrent
    private static func cut(
        _ bytes: [UInt8], by plan: TilePlan, for network: LoadedNetwork, decoder: PictureDecoder
    ) async throws -> (size: PixelSize, tiles: [Tile], layout: TileLayout) {
        let header = try decoder.header(of: bytes)
        let geometry = network.engine.geometry
        let layout = plan.layout(of: header.size, tile: geometry.tile, stride: geometry.outputStride)
        let picture = try decoder.decode(bytes, resizedTo: layout.resized)
        return (header.size, layout.tiles(of: picture, padding: network.padding), layout)
    }

    private func check(_ isWanted: () -> Bool) throws {
        guard isWanted() else { throw CancellationError() }
    }
}
