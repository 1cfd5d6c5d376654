import Archive
import Concurrency
import Fetch

/// What bounds the steps of a worker: how many images are in each at once, and how much memory their pictures take.
///
/// The memory has two parts, so that nobody waits for ever: pictures as they were fetched, which wait for decoding, and
/// decoded ones, which wait for nothing but the device.
final class Pipeline: Sendable {
    /// The share of the memory that is for pictures as they were fetched: they are smaller than decoded ones.
    private static let fetchedShare = 3
    /// Set aside for a picture before anything is known of the set's.
    private static let firstReserve = 4 << 20
    private static let leastReserve = 1 << 20
    /// A single huge picture among many must not keep the others from being fetched side by side.
    private static let aboveMean = 4.0

    private struct State {
        var fetch = FadingMean()
        var decode = FadingMean()
        var tiles = FadingMean()
        var filling = FadingMean()
        var widths: PipelineTuning.Widths
        var launch = 1
        var bytes = FadingMean()

        /// Bytes that nearly every picture of late had: those few that are larger are fetched twice.
        var usualBytes: Int {
            bytes.value.map { max(Pipeline.leastReserve, Int($0 * Pipeline.aboveMean)) } ?? Pipeline.firstReserve
        }
    }

    let fetches: Gate
    let decodes: Gate
    /// For pictures as they were fetched.
    let fetched: ByteBudget
    /// For decoded ones, and for decoding.
    let decoded: ByteBudget

    private let tuning: PipelineTuning
    private let state: Locked<State>

    init(_ settings: WorkerSettings) {
        tuning = PipelineTuning(settings)
        let widths = tuning.widths(for: PipelineTuning.Measured())
        fetches = Gate(limit: widths.fetches)
        decodes = Gate(limit: widths.decodes)
        let memory = max(0, settings.memory - settings.keptByDecoders)
        fetched = ByteBudget(limit: memory / Self.fetchedShare)
        decoded = ByteBudget(limit: memory - memory / Self.fetchedShare)
        state = Locked(State(widths: widths))
    }

    /// Images that fill a launch of the device, by what their tiles were of late.
    var imagesPerLaunch: Int { state.withLock { $0.launch } }

    /// How many images are in each step at once.
    var widths: PipelineTuning.Widths { state.withLock { $0.widths } }

    /// Largest picture that fits the memory, as it is fetched: what is being received may take twice its size.
    var maximumBytes: Int { fetched.limit / 2 }

    /// Fetches a picture within memory that was set aside for it.
    ///
    /// A picture larger than what was set aside is let go and fetched again with more: nobody holds memory while
    /// waiting for memory.
    func fetch(
        _ url: String, unlessMatching etag: String? = nil, from fetcher: Fetcher
    ) async throws -> (resource: FetchedResource, memory: ByteBudget.Reservation) {
        let most = min(fetcher.maximumBytes, maximumBytes)
        var bytes = min(reserve, most)
        while true {
            let memory = try await fetched.reserve(2 * bytes)
            do throws(FetchError) {
                let resource = try await fetcher.fetch(url, unlessMatching: etag, atMost: bytes)
                memory.shrink(to: resource.bytes.capacity)
                noteBytes(resource.bytes.count)
                return (resource, memory)
            } catch {
                guard case .tooLarge = error else { throw error }
                guard bytes < most else {
                    guard most < fetcher.maximumBytes else { throw error }
                    throw TooLargeForMemory(url: Fetcher.redacted(url), limit: most)
                }
                bytes = min(bytes * 8, most)
            }
        }
    }

    /// Takes in the times of an image, and sets the widths anew.
    /// - Parameters:
    ///   - fetch: of the transfer itself, in seconds.
    ///   - tilesPerSecond: what the device does while it is busy.
    ///   - lanes: tiles that fill a launch.
    ///   - launchesAtOnce: launches that keep the device busy.
    func note(
        fetch: Double, decode: Double, tiles: Int, tilesPerSecond: Double?, lanes: Int, launchesAtOnce: Int
    ) {
        let widths = state.withLock { state in
            state.fetch.add(fetch)
            state.decode.add(decode)
            state.tiles.add(Double(tiles))
            state.filling.add(max(1, Double(lanes) / Double(max(1, tiles))))
            let tilesPerImage = max(1, state.tiles.value ?? 1)
            let launch = Double(lanes) / tilesPerImage
            state.launch = Int(max(1, launch.rounded()))
            state.widths = tuning.widths(
                for: PipelineTuning.Measured(
                    fetch: state.fetch.value, decode: state.decode.value,
                    capacity: tilesPerSecond.map { $0 / tilesPerImage }, launch: max(1, launch),
                    filling: state.filling.value, launchesAtOnce: launchesAtOnce))
            return state.widths
        }
        fetches.limit = widths.fetches
        decodes.limit = widths.decodes
    }

    /// Set aside for the next picture, before it is known how large it is.
    var reserve: Int { state.withLock { $0.usualBytes } }

    func noteBytes(_ count: Int) {
        state.withLock { $0.bytes.add(Double(count)) }
    }
}
