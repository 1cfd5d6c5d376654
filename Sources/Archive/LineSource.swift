import Concurrency

/// A list of made-up URLs, a piece at a time.
final class LineSource: Sendable {
    private static let linesPerPiece = 1000

    private let last: Int
    private let position = Locked(1)

    /// URLs numbered 1 to `last`.
    init(upTo last: Int) {
        self.last = last
    }

    /// The next lines, `nil` at the end.
    func next() -> [UInt8]? {
        let first = position.withLock { position in
            defer { position += Self.linesPerPiece }
            return position
        }
        guard first <= last else { return nil }
        var bytes: [UInt8] = []
        for number in first...min(first + Self.linesPerPiece - 1, last) {
            bytes += "http://archive.example.org/pictures/\(number).jpg\n".utf8
        }
        return bytes
    }
}
