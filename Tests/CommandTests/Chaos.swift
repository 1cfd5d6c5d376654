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
        /// The set paused and resumed; what failed of it tried again; another set removed while it is counted: each so often.
        let orders: Int

        /// Of every hundred images two are not there, and one is of a host that refuses.
        var absent: Int { images / 50 }
        var refused: Int { images / 100 }
        var present: Int { images - absent - refused }
    }

    enum Deed {
        case kill, crash, cut, stop, pause, retry, remove
    }

    struct State {
        var workers: [RunningProgram] = []
        /// What each worker process calls itself to the server of pictures.
        var names: [Int: String] = [:]
        /// Images that were leased when the server crashed: their claims may have been undone.
        var leasedAtCrash = 0
        var log: [String] = []
    }

    /// What the server of pictures was asked for.
    struct Fetches {
        var number = 0
        /// Numbers of images, by the name of the worker that asked.
        var by: [String: Set<Int>] = [:]

        mutating func note(_ image: Int, by name: String) {
            number += 1
            by[name, default: []].insert(image)
        }
    }

    /// Pictures that differ; each is served under many names.
    static let pictures = 40
    static let lease = 3
    /// Where the pictures of the set lie that is removed while it is counted.
    static let other = "/other/"
    /// Workers log in with nothing but the rights of their role.
    private static let role = "chaos_worker"

    let plan: Plan
    let cluster: LocalCluster
    let connection: PostgresConnection
    let url: String
    private let manifest: String
    let fetches: Locked<Fetches>
    let state = Locked(State())

    private init(
        _ plan: Plan, _ cluster: LocalCluster, _ connection: PostgresConnection, url: String, manifest: String,
        fetches: Locked<Fetches>
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
        let fetches = Locked(Fetches())
        let server = try HTTPServer(port: 0) { request in
            let isOther = request.path.hasPrefix(other)
            guard let number = Int(request.path.dropFirst(isOther ? other.count : 1)) else {
                return .refusal(404, "not there")
            }
            if !isOther { fetches.withLock { $0.note(number, by: request.header("Authorization") ?? "") } }
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
        try await connection.execute("CREATE ROLE \(Self.role) LOGIN IN ROLE headcount_worker")
        try await countWhatIsStolen()
        try await noteWhatIsLost()
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

    /// What is taken from a worker and not stolen, since its lease was over or it was signed off, may be under way there too.
    private func noteWhatIsLost() async throws {
        try await connection.execute(
            """
            CREATE TABLE headcount.lost (worker_id bigint, images int8multirange);
            CREATE FUNCTION headcount.note_lost() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO headcount.lost VALUES (OLD.worker_id, NEW.images);
                RETURN NULL;
            END $$;
            CREATE TRIGGER shards_lost AFTER UPDATE ON headcount.shards FOR EACH ROW
                WHEN (NEW.run_id = 1 AND OLD.worker_id IS DISTINCT FROM NEW.worker_id AND OLD.worker_id IS NOT NULL)
                EXECUTE FUNCTION headcount.note_lost();
            """)
    }

    /// Lets the workers count while everything is done to them that the plan names, in an order and at moments of
    /// chance.
    func run() async throws {
        let deeds = [
            (Deed.kill, plan.kills), (.crash, plan.crashes), (.cut, plan.cuts), (.stop, plan.stops),
            (.pause, plan.orders), (.retry, plan.orders), (.remove, plan.orders),
        ]
        .flatMap { deed, times in Array(repeating: deed, count: times) }.shuffled()
        for _ in 0..<plan.workers { try startWorker() }
        let moments = deeds.map { _ in Int.random(in: 1...(plan.images * 9 / 10)) }.sorted()
        for (deed, moment) in zip(deeds, moments) {
            try await waitUntil("\(Self.ended) >= \(moment)")
            try await perform(deed)
            if state.withLock({ $0.workers.count }) < plan.workers { try startWorker() }
        }
        try await waitUntil("(SELECT state FROM headcount.progress WHERE set_name = 'set') = 'done'")
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

    // MARK: Processes

    private func start(_ words: [String], input: String? = nil) throws -> RunningProgram {
        try RunningProgram(words + ["--database", cluster.url()], input: input)
    }

    private func startWorker() throws {
        let name = "w\(state.withLock { $0.names.count })"
        let database = try cluster.url().replacing("//headcount@", with: "//\(Self.role)@")
        let worker = try RunningProgram(
            [
                "work", "--engine", "simulated", "--simulated-batch-ms", "1", "--no-dedupe", "--allow-network",
                "127.0.0.0/8", "--lease", "\(Self.lease)", "--database", database,
            ], environment: ["HEADCOUNT_CREDENTIALS": "\(url) bearer \(name)"])
        state.withLock { state in
            state.workers.append(worker)
            state.names[Int(worker.processIdentifier)] = "Bearer \(name)"
        }
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
    func waitUntil(_ condition: String) async throws {
        var counted = -1
        repeat {
            let before = try await number("SELECT \(Self.ended)")
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

    /// Images of the set that have ended.
    static let ended = "(SELECT counted + failed FROM headcount.progress WHERE set_name = 'set')"

    func number(_ sql: String) async throws -> Int {
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
