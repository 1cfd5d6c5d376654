import CPostgres
import Concurrency

/// A request to stop the statement of a connection, sent over a connection of its own by a thread of its own: a host that
/// is gone keeps it for a minute, and its sender must not wait so long.
///
/// Unchecked because the compiler cannot see that libpq's request is written by nobody, and freed by the last owner.
final class CancelRequest: @unchecked Sendable {
    private let pointer: OpaquePointer
    private let end: WakeSignal

    /// - Parameter connection: a `PGconn`, borrowed; libpq copies what it needs.
    /// - Returns: `nil` where memory or descriptors are short: the statement then runs to its end.
    init?(_ connection: OpaquePointer) {
        guard let end = try? WakeSignal(), let pointer = PQgetCancel(connection) else { return nil }
        self.pointer = pointer
        self.end = end
    }

    deinit {
        PQfreeCancel(pointer)
    }

    /// Sends it. One that does not get through changes nothing.
    func send() {
        DetachedThread.start(named: "pg-cancel") {
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { reason in
                _ = PQcancel(self.pointer, reason.baseAddress, Int32(reason.count))
            }
            self.end.signal()
        }
    }

    /// True once the server has taken it, or it failed.
    func hasEnded(within milliseconds: Int32) -> Bool {
        end.wait(orFor: -1, milliseconds: milliseconds)
    }
}
