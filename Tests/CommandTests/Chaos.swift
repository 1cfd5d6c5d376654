import Concurrency
import Density
import Digest
import Foundation
import Glibc
import HTTPServer
import Imaging
import Postgres
import TestSupport
import Testing

/// Worker processes on simulated cards, a PostgreSQL of their own that waits for the disk, a server of pictures that
/// counts what it is asked for, and somebody who breaks all of it but the pictures.
final class Chaos: Sendable {
    /// What is to happen, and how often.
    struct Plan: Sendable {
        let images: Int
        let workers: Int
        /// SIGKILL of a worker, which another then replaces.
        let kills: Int
        /// The server killed with an immediate shutdown, and started again.
        let crashes: Int
        /// All connections of workers cut at once.
        let cuts: Int
        /// A worker stopped until its lease has passed on, and continued.
        let stops: Int

        /// Of every hundred images two are not there, and one is of a host that refuses.
        var absent: Int { images / 50 }
        var refused: Int { images / 100 }
        var present: Int { images - absent - refused }
    }

    private enum Deed {
        case kill, crash, cut, stop
    }

    private struct State {
        var workers: [RunningProgram] = []
        /// Images that were leased to what was killed, at that moment: they may be fetched once more.
        var mayBeDoneTwice = 0
        var log: [String] = []
    }

    /// Pictures that differ; each is served under many names.
    private static let pictures = 40
    private static let lease = 3

    private let plan: Plan
    private let cluster: LocalCluster
    private let connection: PostgresConnection
    private let url: String
    private let manifest: String
    private let fetches: Locked<Int>
    private let state = Locked(State())

    private init(
        _ plan: Plan, _ cluster: LocalCluster, _ connection: PostgresConnection, url: String, manifest: String,
        fetches: Locked<Int>
    ) {
        self.plan = plan
        self.cluster = cluster
        self.connection = connection
        self.url = url
        self.manifest = manifest
        self.fetches = fetches
    }

    static func with(_ plan: Plan, _ body: (Chaos) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        // Under root the server has an account of its own, which must come through here.
        chmod(folder.path, 0o755)
        let cluster = LocalCluster(folder: folder.path + "/postgres")
        let pictures = try (0..<pictures).map { number in
            let colour = PixelColour(red: UInt8(number * 6), green: 100, blue: 200)
            return try PictureEncoder.png(Picture(size: PixelSize(width: 48, height: 32), colour: colour))
        }
        let fetches = Locked(0)
        let server = try HTTPServer(port: 0) { request in
            guard let number = Int(request.path.dropFirst()) else { return .refusal(404, "not there") }
            fetches.withLock { $0 += 1 }
            return HTTPResponse(status: 200, body: .bytes(pictures[number % pictures.count]))
        }
        defer { server.stop() }
        let manifest = try FleetManifest.write(to: folder)
        do {
            try await cluster.start()
            let connection = try await PostgresConnection.connect(
                PostgresConfiguration(connectionString: try cluster.url(), applicationName: "test"))
            let chaos = Chaos(
                plan, cluster, connection, url: server.url, manifest: manifest, fetches: fetches)
            do {
                try await body(chaos)
            } catch {
                chaos.end(SIGKILL)
                throw error
            }
            await connection.close()
            try await cluster.remove()
        } catch {
            try? await cluster.remove()
            throw error
        }
    }

    func enqueue() async throws {
        for words in [["migrate"], ["model", "add", manifest, "--default"]] {
            let outcome = try await start(words).outcome()
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        // Retries must not wait for the clock.
        _ = try await connection.query("UPDATE headcount.failure_classes SET first_delay = '0'")
        try await countWhatIsStolen()
        // All kinds everywhere in the list.
        let list = (0..<plan.images).map { number in
            switch number % 100 {
            case 33, 66: "\(url)/missing-\(number).png\n"
            case 99: "http://127.0.0.1:1/\(number).png\n"
            default: "\(url)/\(number)\n"
            }
        }
        let outcome = try await start(["enqueue", "set", "--urls", "-"], input: list.joined()).outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    /// What one worker takes over from another may be under way there, and is then fetched twice. A sequence counts it:
    /// what a crash of the server undoes, it does not.
    private func countWhatIsStolen() async throws {
        let parameters = "run integer, worker bigint, own_rate double precision, in_hand bigint, batch integer"
        try await connection.execute(
            """
            CREATE SEQUENCE headcount.stolen;
            ALTER FUNCTION headcount.steal RENAME TO steal_uncounted;
            CREATE FUNCTION headcount.steal(\(parameters)) RETURNS bigint[] LANGUAGE plpgsql AS $$
            DECLARE
                stolen bigint[] := headcount.steal_uncounted(run, worker, own_rate, in_hand, batch);
            BEGIN
                PERFORM nextval('headcount.stolen') FROM headcount.shards s, unnest(s.images) AS part,
                    generate_series(lower(part), upper(part) - 1) WHERE s.id = ANY (stolen);
                RETURN stolen;
            END $$;
            """)
    }

    /// Lets the workers count while everything is done to them that the plan names, in an order and at moments of
    /// chance.
    func run() async throws {
        let deeds = [(Deed.kill, plan.kills), (.crash, plan.crashes), (.cut, plan.cuts), (.stop, plan.stops)]
            .flatMap { deed, times in Array(repeating: deed, count: times) }.shuffled()
        for _ in 0..<plan.workers { try startWorker() }
        let moments = deeds.map { _ in Int.random(in: 1...(plan.images * 9 / 10)) }.sorted()
        for (deed, moment) in zip(deeds, moments) {
            try await waitUntil("(SELECT counted + failed FROM headcount.progress) >= \(moment)")
            try await perform(deed)
            if state.withLock({ $0.workers.count }) < plan.workers { try startWorker() }
        }
        try await waitUntil("(SELECT state FROM headcount.progress) = 'done'")
        while let worker = state.withLock({ $0.workers.popLast() }) { try await finish(worker) }
    }

    /// Asks a worker to finish. One that was only just started does not listen yet: the signal would end it as it ends any
    /// program.
    private func finish(_ worker: RunningProgram) async throws {
        try await waitUntil("EXISTS (SELECT FROM headcount.workers WHERE process = \(worker.processIdentifier))")
        worker.signal(SIGTERM)
        let outcome = try await worker.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    func expectExactlyOnce() async throws {
        #expect(try await number("SELECT count(*) FROM headcount.counts") == plan.present)
        #expect(try await number("SELECT count(*) FROM headcount.failures WHERE final") == plan.absent + plan.refused)
        let both = "SELECT count(*) FROM headcount.counts JOIN headcount.failures f USING (run_id, image) WHERE f.final"
        #expect(try await number(both) == 0)
        let neither = """
            SELECT count(*) FROM headcount.images i
            WHERE NOT EXISTS (SELECT FROM headcount.counts c WHERE c.image = i.number)
                AND NOT EXISTS (SELECT FROM headcount.failures f WHERE f.image = i.number AND f.final)
            """
        #expect(try await number(neither) == 0)
        // The same picture, the same count, whoever counted it.
        let differing = """
            SELECT count(*) FROM (
                SELECT FROM headcount.counts c GROUP BY c.picture_digest HAVING count(DISTINCT c.count) > 1) AS pictures
            """
        #expect(try await number(differing) == 0)
        let counts = "SELECT count(DISTINCT count) FROM headcount.counts"
        #expect(try await number(counts) == min(Self.pictures, plan.present))
        #expect(try await number("SELECT count(*) FROM headcount.shards") == 0)
        #expect(try await number("SELECT sum(counted) FROM headcount.tallies") == plan.present)
        #expect(try await number("SELECT sum(failed) FROM headcount.tallies") == plan.absent + plan.refused)
        let doubled = fetches.withLock { $0 } - plan.present
        let (lost, log) = state.withLock { ($0.mayBeDoneTwice, $0.log) }
        let stolen = try await number("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM headcount.stolen")
        #expect(doubled <= lost + stolen, "\(log)")
        print(
            "chaos: \(plan.images) images, \(log.joined(separator: ", ")); fetched twice: \(doubled), "
                + "lost with whoever held them at most: \(lost), stolen: \(stolen)")
    }

    // MARK: Deeds

    private func perform(_ deed: Deed) async throws {
        switch deed {
        case .kill:
            let victim = state.withLock { $0.workers.remove(at: Int.random(in: $0.workers.indices)) }
            victim.signal(SIGKILL)
            _ = try await victim.outcome()
            try await noteLeased(toProcess: victim.processIdentifier, as: "kill")
        case .crash:
            // Claims that did not reach the disk are undone, and what is under way for them is refused.
            try await noteLeased(toProcess: nil, as: "crash")
            try await cluster.stop(immediately: true)
            try await cluster.start()
        case .cut:
            _ = try await number(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE application_name = 'headcount worker'
                """)
            state.withLock { $0.log.append("cut") }
        case .stop:
            let victim = state.withLock { $0.workers[Int.random(in: $0.workers.indices)] }
            victim.signal(SIGSTOP)
            try await noteLeased(toProcess: victim.processIdentifier, as: "stop")
            try await waitUntil(
                """
                NOT EXISTS (SELECT FROM headcount.shards s JOIN headcount.workers w ON w.id = s.worker_id
                            WHERE w.process = \(victim.processIdentifier))
                """)
            victim.signal(SIGCONT)
        }
    }

    /// Notes what may be counted twice now: images leased to a process, or to all, that have not ended.
    private func noteLeased(toProcess process: Int32?, as deed: String) async throws {
        let leased = try await number(
            """
            SELECT coalesce(sum(headcount.multirange_size(s.images)), 0) FROM headcount.shards s
            JOIN headcount.workers w ON w.id = s.worker_id
            \(process.map { "WHERE w.process = \($0)" } ?? "")
            """)
        state.withLock { state in
            state.mayBeDoneTwice += leased
            state.log.append("\(deed) (\(leased))")
        }
    }

    // MARK: Processes

    private func start(_ words: [String], input: String? = nil) throws -> RunningProgram {
        try RunningProgram(words + ["--database", cluster.url()], input: input)
    }

    private func startWorker() throws {
        let worker = try start([
            "work", "--engine", "simulated", "--simulated-batch-ms", "1", "--no-dedupe", "--allow-network",
            "127.0.0.0/8", "--lease", "\(Self.lease)",
        ])
        state.withLock { $0.workers.append(worker) }
    }

    /// Nothing but a kill ends a worker.
    private func expectTheLiving() async throws {
        for worker in state.withLock({ $0.workers }) where !worker.isRunning {
            throw WorkerEnded(outcome: try await worker.outcome())
        }
    }

    private struct WorkerEnded: Error {
        let outcome: RunningProgram.Outcome
    }

    private func end(_ signal: Int32) {
        for worker in state.withLock({ $0.workers }) { worker.signal(signal) }
    }

    // MARK: Queries

    /// Asks until it is so, whatever becomes of the connection, and as long as the workers live and get on: a condition
    /// that is met late is no fault while images are counted.
    private func waitUntil(_ condition: String) async throws {
        var counted = -1
        repeat {
            let before = try await number("SELECT counted + failed FROM headcount.progress")
            do {
                return try await TestSupport.waitUntil("\(condition) at \(before) images") {
                    try await expectTheLiving()
                    return try await number("SELECT count(*) WHERE \(condition)") > 0
                }
            } catch let error as NeverCame {
                guard before > counted else { throw error }
                counted = before
            }
        } while true
    }

    private func number(_ sql: String) async throws -> Int {
        var answer = -1
        try await TestSupport.waitUntil("an answer to \(sql)") {
            do {
                answer = try await connection.query("SELECT (\(sql))::bigint AS n").first?.decode(Int.self, "n") ?? -1
                return true
            } catch let error as PostgresError where error.isConnectionLost {
                try? await connection.reconnect()
                return false
            }
        }
        return answer
    }
}

/// A model that simulated cards alone can run.
private enum FleetManifest {
    static func write(to folder: TemporaryFolder) throws -> String {
        let network = [UInt8](try Data(contentsOf: URL(filePath: Checkout.root + "/Tests/Networks/rgb.onnx")))
        try folder.write(network, to: "rgb.onnx")
        return try folder.write(
            """
            {"name": "tiny", "plan": "native",
             "input": {"width": 48, "height": 32, "colour": "rgb", "mean": [0, 0, 0], "scale": [1, 1, 1]},
             "output": {"stride": 4, "densityScale": 0.001},
             "files": {"openvino": [{"path": "rgb.onnx", "batch": 1, "sha256": "\(SHA256Digest(of: network))"}]}}
            """, to: "tiny.json")
    }
}
