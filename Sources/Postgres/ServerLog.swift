import Glibc

/// The part of a server's log that one attempt to start it writes.
struct ServerLog {
    /// A log longer than this is put aside.
    private static let longest = 16 << 20  // bytes

    private let path: String
    private var start = 0

    /// Begins at the end of the log as it is now.
    init(path: String) {
        self.path = path
        // A log that stays long does no harm.
        if Self.size(of: path) > Self.longest { rename(path, path + ".old") }
        turn()
    }

    /// Begins anew at the end, for another attempt.
    mutating func turn() {
        start = Self.size(of: path)
    }

    /// Why the server ended, where it said so.
    var lastFatal: String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var text = [UInt8](repeating: 0, count: 8192)
        fseek(file, max(start, Self.size(of: path) - text.count), SEEK_SET)
        let length = fread(&text, 1, text.count, file)
        return String(decoding: text.prefix(length), as: UTF8.self)
            .split(separator: "\n")
            .compactMap { line in line.firstRange(of: "FATAL:  ").map { String(line[$0.upperBound...]) } }
            .last
    }

    /// True where the server ended because another one is at work on its data folder, or is not quite gone.
    var tellsOfPredecessor: Bool {
        lastFatal.map { $0.contains("pre-existing shared memory") || $0.contains("lock file") } ?? false
    }

    private static func size(of path: String) -> Int {
        var attributes = stat()
        return stat(path, &attributes) == 0 ? attributes.st_size : 0
    }
}
