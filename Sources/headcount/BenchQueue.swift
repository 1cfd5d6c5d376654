import Archive
import Arguments
import Glibc
import Postgres
import Terminal

/// `headcount bench queue`
enum BenchQueue: Action {
    static let path = ["bench", "queue"]
    static let command = Command(
        "queue", "Measure the queue: enqueue, claim and finish, without pictures",
        discussion: """
            Works in a database of its own on the same server, which it removes: the role must be allowed to
            make one. A list of 2,000,000 images at most is enqueued, and copied by psql into a plain table
            with a primary key; SQL adds the others. Then the images are claimed and finished by the calls that
            workers make, with made-up counts: half of them while the result rows are kept out of the
            write-ahead log, so that its bytes are those of claiming and finishing alone, and then the other
            half with logged rows. No image waits for its second attempt, and no worker heartbeats. Beside it
            pgbench claims and deletes rows of a plain job table in batches of 32. psql and pgbench come with
            PostgreSQL.
            """,
        options: [
            Option("images", value: "N", "Images that wait, 1000 to 100000000 (2000000)."),
            Option("workers", value: "W", "Connections that claim, 1 to 64 (4)."),
            Option(
                "shard", value: "S",
                "Images per shard, 1 to 4096 (256): each worker says that it counts as many in ten seconds."),
            Option("seconds", value: "N", "Longest time of each measurement, 1 to 600 (10)."),
            Option(
                "old-snapshot", value: "SECONDS",
                "Measure once more at the end of so many seconds without and with a snapshot held open, 1 to 600."),
            Option(flag: "json", "Print one JSON object."), Context.databaseOption,
        ],
        examples: [
            "headcount bench queue --json", "headcount bench queue --shard 32 --old-snapshot 120",
        ])

    /// The first images come by the way of lists; a larger backlog is filled in by SQL.
    private static let listed = 2_000_000
    /// A shorter measurement tells little.
    private static let shortest = 0.5

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let images = try invocation.integer(of: "images", in: 1000...100_000_000) ?? 2_000_000
        let measurement = BenchQueueMeasurement(
            images: images, listed: min(images, listed),
            workers: try invocation.integer(of: "workers", in: 1...64) ?? 4,
            shard: try invocation.integer(of: "shard", in: 1...4096) ?? 256,
            limit: try invocation.seconds(of: "seconds", in: 1...600) ?? .seconds(10),
            oldSnapshot: try invocation.seconds(of: "old-snapshot", in: 1...600), context: context)
        let server = try await context.connect(invocation, as: "bench queue")
        let report = try await ScratchDatabase.with(server) { try await measurement.report(in: $0) }
        await server.close()
        if Double(images) / 2 / report.imagesPerSecond < shortest {
            context.console.warn("too few images for a steady rate: see --images")
        }
        try context.console.output(invocation.has("json") ? JSONText.line(report) : report.text)
        return .success
    }
}
