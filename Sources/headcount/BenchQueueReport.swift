import Terminal

/// What `headcount bench queue` found.
struct BenchQueueReport: Encodable, Sendable {
    let command = "bench queue"
    let engine = "none"
    let simulated = false
    let version = Version.current
    let cores: Int
    let images: Int
    let workers: Int
    let shard: Int
    let enqueuedPerSecond: Double
    let copiedPerSecond: Double?
    let ratioToCopy: Double?
    let imagesPerSecond: Double
    let walBytesPerImage: Double
    let loggedImagesPerSecond: Double
    let loggedWALBytesPerImage: Double
    let claimP50: Double
    let claimP99: Double
    let oldSnapshotSeconds: Double?
    let oldSnapshotImagesPerSecond: Double?
    let ratioWithOldSnapshot: Double?
    let pgbenchImagesPerSecond: Double?
    let ratioToPgbench: Double?

    private enum CodingKeys: String, CodingKey {
        case command, engine, simulated, version, cores, images, workers, shard
        case enqueuedPerSecond = "enqueued_per_second"
        case copiedPerSecond = "copied_per_second"
        case ratioToCopy = "ratio_to_copy"
        case imagesPerSecond = "images_per_second"
        case walBytesPerImage = "wal_bytes_per_image"
        case loggedImagesPerSecond = "images_per_second_with_logged_results"
        case loggedWALBytesPerImage = "wal_bytes_per_image_with_results"
        case claimP50 = "claim_p50_ms"
        case claimP99 = "claim_p99_ms"
        case oldSnapshotSeconds = "old_snapshot_seconds"
        case oldSnapshotImagesPerSecond = "images_per_second_with_old_snapshot"
        case ratioWithOldSnapshot = "ratio_with_old_snapshot"
        case pgbenchImagesPerSecond = "pgbench_images_per_second"
        case ratioToPgbench = "ratio_to_pgbench"
    }

    /// For people.
    var text: String {
        func number(_ value: Double) -> String { Numbers.grouped(Int(value)) }
        func ratio(_ value: Double) -> String { Numbers.fixed(value, digits: 2) }
        var lines = ["enqueued            \(number(enqueuedPerSecond)) images/s"]
        if let copied = copiedPerSecond, let share = ratioToCopy {
            lines.append("a bare \\copy        \(number(copied)) rows/s; enqueueing is \(ratio(share)) times as fast")
        }
        lines += [
            "claimed, finished   \(number(imagesPerSecond)) images/s, "
                + "\(number(walBytesPerImage)) bytes of WAL an image",
            "with logged results \(number(loggedImagesPerSecond)) images/s, "
                + "\(number(loggedWALBytesPerImage)) bytes of WAL an image",
            "a claim takes       \(ratio(claimP50)) ms, 99 % at most \(ratio(claimP99)) ms",
        ]
        if let seconds = oldSnapshotSeconds, let rate = oldSnapshotImagesPerSecond, let share = ratioWithOldSnapshot {
            lines.append(
                "an old snapshot     \(number(rate)) images/s after \(number(seconds)) s of it, "
                    + "\(ratio(share)) times as fast as after so long without one")
        }
        if let plain = pgbenchImagesPerSecond, let share = ratioToPgbench {
            lines.append(
                "pgbench, 32 at once \(number(plain)) rows/s; claiming and finishing is \(ratio(share)) times as fast")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
