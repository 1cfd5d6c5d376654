import Concurrency

/// A picture that a process may still hold from the call before; it is known by its identity alone.
final class HeldPicture: Sendable {
    private let process = Locked<ObjectIdentifier?>(nil)

    /// True where the process is the last that it was given to.
    func isLikely(in process: DecoderProcess) -> Bool {
        self.process.withLock { $0 == ObjectIdentifier(process) }
    }

    func wasGiven(to process: DecoderProcess) {
        self.process.withLock { $0 = ObjectIdentifier(process) }
    }
}
