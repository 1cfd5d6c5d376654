import Archive
import Arguments
import Fetch
import Imaging
import Inspection
import Models

/// The options of commands that fetch single pictures and run a network on them.
enum PictureOptions {
    static let all = WorkOptions.fetchOptions + [ModelOptions.address] + EngineOptions.all

    /// Understands the options; of what they name, only the files of credentials and authorities are read.
    static func check(_ invocation: Invocation) throws {
        _ = try (WorkOptions.fetching(invocation), WorkOptions.limits(invocation))
        _ = try (ModelOptions.store(invocation), EngineOptions.choice(invocation))
    }

    /// What makes an inspector of an archive, on the engine that the options name.
    static func inspector(_ invocation: Invocation) throws -> (Archive) -> PictureInspector {
        let fetcher = try fetcher(invocation)
        let engines = try EngineOptions.factory(invocation)
        let store = try ModelOptions.store(invocation)
        let decoder = try decoder(invocation)
        return { archive in
            PictureInspector(
                archive: archive, engines: engines, store: store, fetcher: fetcher, decoder: decoder)
        }
    }

    /// What fetches the pictures: as workers do that were told the same.
    static func fetcher(_ invocation: Invocation) throws -> Fetcher {
        try Fetcher(WorkOptions.fetching(invocation))
    }

    /// What decodes them, one at a time, within the limits of workers that were told the same.
    static func decoder(_ invocation: Invocation) throws -> any PictureDecoding {
        DecoderOptions.decoder(invocation, limits: try WorkOptions.limits(invocation), atOnce: 1)
    }
}
