import Archive
import Arguments
import Fetch
import Imaging
import Inspection
import Models

/// The options of commands that fetch single pictures and run a network on them.
enum PictureOptions {
    static let all = [NetworkOption.option, DecoderOptions.inside, ModelOptions.address] + EngineOptions.all

    /// Understands the options, and opens nothing.
    static func check(_ invocation: Invocation) throws {
        _ = try (NetworkOption.value(invocation), ModelOptions.store(invocation), EngineOptions.choice(invocation))
    }

    /// What makes an inspector of an archive, on the engine that the options name.
    static func inspector(_ invocation: Invocation) throws -> (Archive) -> PictureInspector {
        let fetcher = try fetcher(invocation)
        let engines = try EngineOptions.factory(invocation)
        let store = try ModelOptions.store(invocation)
        let decoder = DecoderOptions.decoder(invocation, atOnce: 1)
        return { archive in
            PictureInspector(
                archive: archive, engines: engines, store: store, fetcher: fetcher, decoder: decoder)
        }
    }

    /// What fetches the pictures.
    static func fetcher(_ invocation: Invocation) throws -> Fetcher {
        var fetching = FetchConfiguration()
        fetching.userAgent = "headcount/\(Version.current)"
        fetching.allowedNetworks = try NetworkOption.value(invocation)
        return try Fetcher(fetching)
    }
}
