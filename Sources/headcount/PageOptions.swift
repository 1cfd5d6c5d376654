import Archive
import Arguments
import Counting
import Dashboard
import Fetch
import FoundationEssentials
import Glibc
import Imaging
import Inference
import Inspection
import Postgres
import Telemetry
import Terminal

/// The options of the commands that serve the page, and the page that they ask for.
enum PageOptions {
    static let all = [
        Option(
            "token-file", value: "FILE",
            "A file that its owner alone can read, with at least 16 characters of ASCII: whoever shows them on the page may pause, "
                + "resume, cancel and retry runs, scale cards, and keep them out of work (read-only)."),
        Option(
            "site", value: "URL",
            "The address under which a server in front shows the page, such as https://count.example.org: requests for it "
                + "are accepted too."),
        Option(flag: "pictures", "Show heat maps on the page, for which it fetches the pictures."),
    ]

    /// A page of a database, and what ends what it uses.
    /// - Parameters:
    ///   - address: where it is to be served.
    ///   - engines: where networks are run again.
    ///   - metrics: where the page's own are declared.
    static func page(
        _ invocation: Invocation, of database: PostgresConfiguration, at address: String,
        engines: (Invocation) throws -> EngineFactory, metrics: Metrics, _ console: Console
    ) async throws -> (page: Dashboard, close: @Sendable () async -> Void) {
        let (token, site) = (try token(invocation), try site(invocation))
        let drawer = invocation.has("pictures") ? try await self.drawer(invocation, database, console, engines) : nil
        var pictures: (@Sendable (_ run: Int, _ image: Int, _ longest: Int) async throws -> PagePicture)?
        if let drawer {
            pictures = { run, image, longest in
                let drawn = try await drawer.draw(image, ofRun: run, longest: longest)
                return PagePicture(
                    jpeg: try PictureEncoder.jpeg(drawn.picture, quality: 88), density: drawn.source.rawValue,
                    people: drawn.people, highest: drawn.highest, problem: drawn.problem)
            }
        }
        let page = Dashboard(
            database, token: token, localOnly: Loopback.isNamed(by: address), site: site,
            version: Version.current, pictures: pictures, metrics: metrics, tell: { console.say($0) })
        return (page, { await drawer?.close() })
    }

    /// The token of `--token-file`; `nil` where there is none.
    static func token(_ invocation: Invocation) throws -> ActionToken? {
        try invocation.value(of: "token-file").map { try token(in: $0, invocation) }
    }

    /// The address of `--site`; `nil` where there is none.
    static func site(_ invocation: Invocation) throws -> PageSite? {
        try invocation.value(of: "site").map { text in
            guard let site = PageSite(text) else {
                throw invocation.refusal(
                    of: "site", needed: "an address such as https://count.example.org, without a path")
            }
            return site
        }
    }

    /// Draws what the database keeps, and runs networks again where there is an engine.
    private static func drawer(
        _ invocation: Invocation, _ database: PostgresConfiguration, _ console: Console,
        _ engines: (Invocation) throws -> EngineFactory
    ) async throws -> PictureDrawer {
        let archive = Archive(try await PostgresConnection.connect(database))
        let decoder = try PictureOptions.decoder(invocation)
        var inspector: PictureInspector?
        do {
            inspector = PictureInspector(
                archive: archive, engines: try engines(invocation), store: try ModelOptions.store(invocation),
                fetcher: try PictureOptions.fetcher(invocation), decoder: decoder)
        } catch let error as InferenceError {
            console.warn("only density maps that runs keep are shown: \(error)")
        }
        return PictureDrawer(
            archive: archive, fetcher: try PictureOptions.fetcher(invocation), decoder: decoder, inspector: inspector)
    }

    private static func token(in path: String, _ invocation: Invocation) throws -> ActionToken {
        var status = stat()
        guard stat(path, &status) == 0, let content = FileManager.default.contents(atPath: path) else {
            throw invocation.refusal(of: "token-file", needed: "a file that can be read")
        }
        // A secret that is mounted into a container is root's, and a group's to read.
        guard status.st_mode & 0o077 == 0 || (status.st_uid == 0 && status.st_mode & 0o037 == 0) else {
            throw invocation.refusal(
                of: "token-file",
                needed:
                    "a file that its owner alone can read (chmod 600), or one of root's that a group can (chmod 440)")
        }
        let lines = String(decoding: content, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard lines.count == 1, let token = ActionToken(String(lines[0])) else {
            throw invocation.refusal(
                of: "token-file", needed: "a file of one word of at least 16 printable characters of ASCII")
        }
        return token
    }
}
