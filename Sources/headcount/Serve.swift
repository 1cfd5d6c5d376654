import Arguments
import Concurrency
import HTTPServer
import Terminal

/// `headcount serve`
enum Serve: Action {
    static let command = Command(
        "serve", "Serve the pictures of a folder over HTTP",
        discussion: """
            For pictures that no web server holds yet. Files outside the folder, dot files and links out of
            it are not served. With --list the URLs of all pictures below the folder are printed as they
            will be served, and nothing is.
            """,
        positionals: [Positional("DIR", "The folder.")],
        options: [
            Option("port", value: "N", "Port to listen on; 0 for any free one (8080)."),
            Option("address", value: "ADDRESS", "Address to listen on (127.0.0.1, this machine alone)."),
            Option(flag: "list", "Print the URLs of the pictures, for headcount enqueue, and exit."),
        ],
        examples: [
            "headcount serve pictures --port 8080",
            "headcount serve pictures --list | headcount enqueue museum --urls -",
        ])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let folder = invocation.required(0)
        let port = UInt16(try invocation.integer(of: "port", in: 0...65535) ?? 8080)
        let address = invocation.value(of: "address") ?? "127.0.0.1"
        if invocation.has("list") {
            guard port != 0 else { throw UsageError.conflict("--list needs the port that will be served", path: path) }
            let listing = try StaticFiles.listing(of: folder)
            let base = HTTPServer.url(address: address, port: port)
            for picture in listing.files { try context.console.output("\(base)\(picture.urlPath)\n") }
            if listing.linksPassedOver > 0 {
                context.console.warn(
                    "\(Numbers.counted(listing.linksPassedOver, "link")) passed over: "
                        + "links to folders, or to files outside \(folder), are not served")
            }
            return .success
        }
        let files = try StaticFiles(folder: folder)
        let signals = StopSignals()
        let server = try HTTPServer(address: address, port: port) { files.response(to: $0) }
        context.console.say("Serving \(folder) at \(server.url) until Ctrl-C.")
        for await _ in signals.stream { break }
        server.stop()
        return .success
    }
}
