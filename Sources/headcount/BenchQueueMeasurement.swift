import Archive
import Glibc
import Postgres
import Terminal

/// The steps of `headcount bench queue`, in a database of their own.
struct BenchQueueMeasurement: Sendable {
    let images: Int
    /// Those of them that are enqueued as a list.
    let listed: Int
    let workers: Int
    let shard: Int
    /// Of each measurement.
    let limit: Duration
    /// How long a snapshot is held open; `nil` for no such measurement.
    let oldSnapshot: Duration?
    let context: Context

    func report(in database: PostgresConfiguration) async throws -> BenchQueueReport {
        let connection = try await PostgresConnection.connect(database)
        let bench = QueueBench(connection)
        let folder = try BenchFolder()
        let plain = PlainTables(connection: connection, folder: folder, context: context)
        try await bench.prepare(migrations: Migration.all(in: SharedFiles.migrations()))
        context.console.say("Enqueueing \(Numbers.grouped(images)) images in \(database.database).")
        let list = try folder.write(Self.list(of: listed), to: "urls.txt")
        let file = try InputFile(list)
        let enqueued = try await bench.enqueue { try file.read() }
        let copied = try await plain.copy(list, rows: listed)
        try await bench.fill(from: listed + 1, to: images)

        context.console.say("Claiming and finishing.")
        // Each measurement has images of its own. None ends where there are none left: shards shrink before that.
        let share = (images - min(images / 10, 20 * workers * shard)) / 2
        try await bench.logResults(false)
        let bare = try await bench.run(
            workers: workers, shard: shard, images: share, picturesDiffer: false, atMost: limit)
        try await bench.logResults(true)
        let logged = try await bench.run(
            workers: workers, shard: shard, images: share, picturesDiffer: true, atMost: limit)
        let late = try await lateRates(
            bench, expecting: max(bare.imagesPerSecond, logged.imagesPerSecond))

        context.console.say("The same with psql and pgbench.")
        let jobs = try await plain.claimAndDelete(rows: min(images, 300_000), workers: workers)
        if copied == nil || jobs == nil {
            context.console.warn("nothing to compare with: psql or pgbench is not installed")
        }
        await connection.close()
        return BenchQueueReport(
            cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)), images: images, workers: workers, shard: shard,
            enqueuedPerSecond: enqueued, copiedPerSecond: copied, ratioToCopy: copied.map { enqueued / $0 },
            imagesPerSecond: bare.imagesPerSecond, walBytesPerImage: bare.walBytesPerImage,
            loggedImagesPerSecond: logged.imagesPerSecond, loggedWALBytesPerImage: logged.walBytesPerImage,
            claimP50: bare.claim(percentile: 0.5), claimP99: bare.claim(percentile: 0.99),
            oldSnapshotSeconds: late?.seconds, oldSnapshotImagesPerSecond: late?.with,
            ratioWithOldSnapshot: late.map { $0.with / $0.without }, pgbenchImagesPerSecond: jobs,
            ratioToPgbench: jobs.map { bare.imagesPerSecond / $0 })
    }

    /// Images per second at the end of so long a time without a snapshot, and then with one held open all the while. Results
    /// stay out of the write-ahead log, whose checkpoints would hold minutes of them up either way.
    /// - Parameter rate: images per second of a short time.
    private func lateRates(
        _ bench: QueueBench, expecting rate: Double
    ) async throws -> (without: Double, with: Double, seconds: Double)? {
        guard let oldSnapshot else { return nil }
        // Twice as many as will be needed.
        let more = Int(rate * (oldSnapshot / .seconds(1)) * 2)
        context.console.say(
            "Enqueueing \(Numbers.grouped(2 * more)) more, to be claimed without and with a snapshot held open.")
        try await bench.fill(from: images + 1, to: images + 2 * more)
        try await bench.logResults(false)
        let last = min(max(limit, oldSnapshot / 4), oldSnapshot / 2)
        func lateRate() async throws -> (rate: Double, seconds: Double) {
            let early = try await bench.run(
                workers: workers, shard: shard, images: more, picturesDiffer: false, atMost: oldSnapshot - last)
            let late = try await bench.run(
                workers: workers, shard: shard, images: more - early.images, picturesDiffer: false, atMost: last)
            return (late.imagesPerSecond, early.seconds + late.seconds)
        }
        let without = try await lateRate()
        let with = try await bench.withOldSnapshot(lateRate)
        guard without.rate > 0, with.rate > 0 else {
            context.console.warn("all images were done before the time of the snapshot was over: run it again")
            return nil
        }
        return (without.rate, with.rate, with.seconds)
    }

    private static func list(of images: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        for number in 1...images { bytes += "http://archive.example.org/pictures/\(number).jpg\n".utf8 }
        return bytes
    }
}
