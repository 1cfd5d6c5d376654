import Fetch
import HTTPServer
import TestSupport

/// A temporary folder served on loopback, with a fetcher that may reach it.
struct Fixture {
    let folder: TemporaryFolder
    let server: HTTPServer
    let fetcher: Fetcher

    init(_ folder: TemporaryFolder, listsFolders: Bool = false) throws {
        self.folder = folder
        let files = try StaticFiles(folder: folder.path, listsFolders: listsFolders)
        server = try HTTPServer(port: 0) { files.response(to: $0) }
        var configuration = FetchConfiguration()
        configuration.allowedNetworks = [try Network("127.0.0.0/8")]
        fetcher = try Fetcher(configuration)
    }

    func fetch(_ path: String, unlessMatching etag: String? = nil) async throws(FetchError) -> FetchedResource {
        try await fetcher.fetch(server.url + path, unlessMatching: etag)
    }
}
