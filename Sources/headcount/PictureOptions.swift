import Archive
import Arguments
import Fetch
import Imaging
import Inspection
import Models

/// The options of commands that fetch single pictures and run a network on them.
enum PictureOptions {
    static let all =
        [
            Option(
                "allow-network", value: "CIDR[,CIDR...]",
                "Private or special networks that pictures may be fetched from, such as 127.0.0.0/8 (none)."),
            DecoderOptions.inside,
        ] + EngineOptions.all

    /// An inspector on the engine that the options name, and what ends it.
    static func inspector(_ invocation: Invocation, _ archive: Archive) throws -> PictureInspector {
        PictureInspector(
            archive: archive, engines: try EngineOptions.factory(invocation), store: .standard,
            fetcher: try fetcher(invocation), decoder: DecoderOptions.decoder(invocation, atOnce: 1))
    }

    /// What fetches the pictures.
    static func fetcher(_ invocation: Invocation) throws -> Fetcher {
        var fetching = FetchConfiguration()
        fetching.userAgent = "headcount/\(Version.current)"
        if let networks = invocation.value(of: "allow-network") {
            fetching.allowedNetworks = try networks.split(separator: ",").map { try Network(String($0)) }
        }
        return try Fetcher(fetching)
    }
}
