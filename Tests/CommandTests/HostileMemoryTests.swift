import Foundation
import Glibc
import Postgres
import TestSupport
import Testing

/// What a worker takes of the machine while nearly everything that it fetches is broken: a process of its own, because
/// the memory of this one is that of all tests at once.
@Suite struct HostileMemoryTests {
    /// The sanitizer takes more than the program does.
    private static let isSanitized = dlsym(nil, "__asan_init") != nil
    private static let budget = 64 << 20

    @Test("hostile files take no more memory than --memory says, whatever they claim, and each ends in its class")
    func bounded() async throws {
        let files = try HostileCorpus.files()
        let endless: [ServerHabit] = [.sendsEndlessBody, .sendsEndlessChunks, .sendsGzipBomb]
        let servers = try endless.map { try MisbehavingServer($0) }
        defer { servers.forEach { $0.stop() } }
        let alone = try await peak(of: [], from: [])
        let all = try await peak(of: files, from: servers)
        #expect(alone > 0)
        #expect(all - alone < Self.budget || Self.isSanitized, "\(all) bytes, without hostile files \(alone)")
    }

    /// Has pictures counted, hostile files and good ones.
    /// - Returns: the most memory that the worker had, in bytes.
    private func peak(of files: [HostileCorpus.File], from servers: [MisbehavingServer]) async throws -> Int {
        try await CommandBench.with(pictures: 20) { bench in
            _ = try await bench.connection.query("UPDATE headcount.failure_classes SET attempts = 1")
            for (number, file) in files.enumerated() { try bench.pictures.write(file.bytes, to: "hostile-\(number)") }
            let list =
                files.indices.map { "\(bench.url)/hostile-\($0)\n" }.joined()
                + servers.map { $0.url("/endless-\($0.port)") + "\n" }.joined() + bench.list(1...20)
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: list)
            let worker = try bench.start([
                "work", "--engine", "simulated", "--simulated-batch-ms", "1", "--memory", "64M", "--allow-network",
                "127.0.0.0/8", "--no-dedupe",
            ])
            try await bench.wait(until: "(SELECT pending FROM headcount.progress) = 0") {
                guard worker.isRunning else { throw NeverCame("the end of the set", within: .zero) }
            }
            let status = try String(
                contentsOfFile: "/proc/\(worker.processIdentifier)/status", encoding: .utf8)
            let kilobytes = status.firstMatch(of: /VmHWM:\s+(\d+)/).flatMap { Int($0.output.1) }
            worker.signal(SIGTERM)
            let outcome = try await worker.outcome()
            #expect(outcome.status == 0, "\(outcome.errors.suffix(2000))")
            let endings = try await endings(in: bench)
            for number in 1...20 { #expect(endings["\(number).png"] == "counted") }
            for (number, file) in files.enumerated() {
                let ending = endings["hostile-\(number)"] ?? "nothing"
                #expect(file.endings.contains(ending), "hostile-\(number) ended as \(ending)")
            }
            for server in servers { #expect(endings["endless-\(server.port)"] == "too_large") }
            return (try #require(kilobytes)) * 1024
        }
    }

    /// How every image ended, by the last part of its URL.
    private func endings(in bench: CommandBench) async throws -> [String: String] {
        let rows = try await bench.connection.query(
            """
            SELECT i.url, CASE WHEN c.image IS NOT NULL THEN 'counted' ELSE coalesce(f.class::text, 'nothing') END AS ending
            FROM headcount.images i
            LEFT JOIN headcount.counts c ON c.image = i.number
            LEFT JOIN headcount.failures f ON f.image = i.number AND f.final
            """)
        return try Dictionary(
            rows.map { row in
                let url = try row.decode(String.self, "url")
                return (String(url.split(separator: "/").last ?? ""), try row.decode(String.self, "ending"))
            }, uniquingKeysWith: { first, _ in first })
    }
}
