import Foundation
import Supervision
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct BenchPipelineTests {
    @Test("a bench that is interrupted leaves no server and no folder")
    func interrupted() async throws {
        let folder = try TemporaryFolder()
        func left() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: folder.path) }
        let bench = try RunningProgram(
            ["bench", "pipeline", "--engine", "simulated", "--images", "1000000"],
            environment: ["TMPDIR": folder.path])
        try await waitUntil("a server") {
            try !bench.isRunning || Self.server(of: left().map { folder.path + "/" + $0 }) != nil
        }
        let server = try #require(try Self.server(of: left().map { folder.path + "/" + $0 }))
        bench.signal(SIGTERM)
        let outcome = try await bench.outcome()
        #expect(outcome.status == 143 && outcome.output == "", "\(outcome.errors)")
        #expect(try left() == [])
        #expect(!ProcessSearch.exists(server))
    }

    /// The process of the PostgreSQL below one of the folders.
    private static func server(of folders: [String]) -> Int32? {
        folders.lazy.compactMap { (folder: String) -> Int32? in
            FileManager.default.contents(atPath: folder + "/postgres/server/data/postmaster.pid").flatMap {
                Int32(String(decoding: $0, as: UTF8.self).prefix { $0.isNumber })
            }
        }.first
    }
}
