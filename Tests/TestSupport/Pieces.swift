import Concurrency

/// A text handed out in small pieces, as a file or a pipe would be.
public final class Pieces: Sendable {
    private let rest: Locked<ArraySlice<UInt8>>
    private let size: Int

    /// - Parameter size: bytes of a piece.
    public init(_ text: String, size: Int = 1000) {
        rest = Locked(Array(text.utf8)[...])
        self.size = size
    }

    /// The next piece; `nil` at the end.
    public func next() -> [UInt8]? {
        rest.withLock { rest in
            guard !rest.isEmpty else { return nil }
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(size)
            return piece
        }
    }
}
