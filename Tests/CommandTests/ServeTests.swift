import Fetch
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ServeTests {
    /// Starts `headcount serve` on a free port and waits for its URL.
    private func serve(_ folder: String) async throws -> (program: RunningProgram, url: String) {
        let program = try RunningProgram(["serve", folder, "--port", "0"])
        return (program, try await program.said(/(http:\S+) until Ctrl-C/))
    }

    private func fetcher() throws -> Fetcher {
        var configuration = FetchConfiguration()
        configuration.allowedNetworks = [try Network("127.0.0.0/8")]
        return try Fetcher(configuration)
    }

    @Test("serve answers with what is in the folder, by version, and with nothing of what is outside")
    func answers() async throws {
        let folder = try TemporaryFolder()
        try folder.write("outside", to: "secret.txt")
        let inside = folder.path + "/pictures"
        try folder.write("a picture", to: "pictures/a b.png")
        let (program, url) = try await serve(inside)
        let fetcher = try fetcher()

        let first = try await fetcher.fetch(url + "/a%20b.png")
        #expect(first.status == 200)
        #expect(String(decoding: first.bytes, as: UTF8.self) == "a picture")
        let etag = try #require(first.etag)
        #expect(try await fetcher.fetch(url + "/a%20b.png", unlessMatching: etag).status == 304)
        for path in ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/none.png"] {
            await #expect(throws: FetchError.self, "\(path)") { try await fetcher.fetch(url + path) }
        }

        program.signal(SIGTERM)
        let outcome = try await program.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output == "")
        #expect(outcome.errorLines.count == 1, "\(outcome.errors)")
    }

    @Test("a port that is taken, and a folder that is none, are one clear line each")
    func refusals() async throws {
        let folder = try TemporaryFolder()
        let (program, url) = try await serve(folder.path)
        let port = try #require(url.split(separator: ":").last.map { String($0) })
        let taken = try await RunningProgram.run(["serve", folder.path, "--port", port])
        #expect(taken.status == 69)
        #expect(taken.errorLines.count == 1 && taken.errors.contains(port), "\(taken.errors)")
        program.signal(SIGINT)
        #expect(try await program.outcome().status == 0)

        let file = try folder.write("x", to: "file")
        for place in [file, folder.path + "/none"] {
            let outcome = try await RunningProgram.run(["serve", place, "--port", "0"])
            #expect(outcome.status == 66)
            #expect(outcome.errorLines.count == 1 && outcome.errors.contains(place), "\(outcome.errors)")
        }
    }
}
