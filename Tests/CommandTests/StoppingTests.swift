import Foundation
import Glibc
import TestSupport
import Testing

/// A worker that is to stop while a decoder does not come to an end.
@Suite struct StoppingTests {
    @Test(
        "a decoder that hangs keeps a worker neither from its second signal nor from the end of its grace",
        arguments: [(signals: 2, grace: "600", status: Int32(143)), (signals: 1, grace: "1", status: 0)])
    func hangingDecoder(signals: Int, grace: String, status: Int32) async throws {
        try await withHeldPictures(["--grace", grace]) { bench, worker in
            worker.signal(SIGTERM)
            _ = try await worker.said(/(Finishing)/)
            if signals == 2 { worker.signal(SIGTERM) }
            let outcome = try await worker.outcome()
            #expect(outcome.status == status, "\(outcome.errors)")
            #expect(
                try await bench.number("SELECT count(*) FROM headcount.shards WHERE worker_id IS NOT NULL") == 0)
            // The one it had, or both, wait for the next to claim.
            #expect(try await bench.number("SELECT count(*) FROM headcount.shards WHERE worker_id IS NULL") > 0)
            #expect(try await bench.number("SELECT sum(headcount.run_pending(id)) FROM headcount.runs") == 2)
            #expect(try await bench.number("SELECT count(*) FROM headcount.failures") == 0)
        }
    }

    @Test(
        "a database that says nothing keeps a worker neither from its second signal nor from the end of its grace",
        .timeLimit(.minutes(10)),
        arguments: [(signals: 2, grace: "600", status: Int32(143)), (signals: 1, grace: "1", status: 0)])
    func silentDatabase(signals: Int, grace: String, status: Int32) async throws {
        try await withHeldPictures(["--grace", grace, "--lease", "600"]) { bench, worker in
            // The server's process of the worker's own connection stands still between two statements, as behind a cable
            // that was pulled. Others can be had.
            let own = """
                FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE '%worker%'
                    AND query NOT LIKE 'LISTEN%'
                """
            var server: Int32 = 0
            try await waitUntil("a server process that waits for the worker") {
                server = Int32(try await bench.number("SELECT coalesce(min(pid), 0) \(own) AND state = 'idle'"))
                guard server > 0, kill(server, SIGSTOP) == 0 else { return false }
                if try await bench.number("SELECT count(*) \(own) AND state <> 'idle'") == 0 { return true }
                kill(server, SIGCONT)
                return false
            }
            defer { kill(server, SIGCONT) }
            worker.signal(SIGTERM)
            _ = try await worker.said(/(Finishing)/)
            if signals == 2 { worker.signal(SIGTERM) }
            let outcome = try await worker.outcome()
            #expect(outcome.status == status, "\(outcome.errors)")
            #expect(
                try await bench.number("SELECT count(*) FROM headcount.shards WHERE worker_id IS NOT NULL") == 0)
            #expect(try await bench.number("SELECT sum(headcount.run_pending(id)) FROM headcount.runs") == 2)
        }
    }

    /// A worker with pictures under way that its decoders never come to an end with.
    /// - Parameter options: of the worker.
    private func withHeldPictures(
        _ options: [String], _ body: (CommandBench, RunningProgram) async throws -> Void
    ) async throws {
        try await CommandBench.with(pictures: 2) { bench in
            let worker = try bench.start(
                [
                    "work", "--engine", "simulated", "--simulated-batch-ms", "1", "--allow-network", "127.0.0.0/8",
                    "--metrics", "0",
                ] + options)
            let address = try await worker.said(/http:\/\/(127\.0\.0\.1:[0-9]+)\//)
            _ = try await worker.said(/(Counting)/)
            var helpers: [Int32] = []
            try await waitUntil("its decoders") {
                helpers = Self.decoders(of: worker.processIdentifier)
                return helpers.count >= 2
            }
            // As one that is at a picture without an end: it takes no signal but the last.
            for helper in helpers { kill(helper, SIGSTOP) }
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...2))
            // Not only claimed: what has not begun is given back at once.
            try await waitUntil("a picture to be with a decoder") {
                try await DeploymentTests.get("http://\(address)/metrics")
                    .contains(/headcount_images_in_step\{step="decode"\} [12]/)
            }
            try await body(bench, worker)
        }
    }

    /// The processes that decode for another.
    private static func decoders(of parent: Int32) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { id in
            // The name, in parentheses, is the thread's own; the parent stands two fields behind it.
            let stat = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)) ?? ""
            let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
            return stat.contains("(decode-picture") && fields.dropFirst().first.flatMap { Int32($0) } == parent
        }
    }
}
