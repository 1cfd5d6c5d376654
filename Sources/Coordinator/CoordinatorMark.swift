import Glibc
import Supervision

/// By which the worker processes of a coordinator are known on its machine.
struct CoordinatorMark {
    /// Stands in the environment of every worker.
    let text: String
    private let ours: String

    /// - Parameter fleet: identity of the database, for another one's coordinator may run here too.
    init(fleet: String, host: String) {
        ours = "\(fleet)/\(host)/"
        text = ours + String(UInt64.random(in: .min ... .max), radix: 16)
    }

    /// Workers that an earlier coordinator of the host left behind.
    func orphans() -> [Int32] {
        ProcessSearch.processes(with: SupervisorLink.variable) { $0.hasPrefix(ours) && $0 != text }
    }
}
