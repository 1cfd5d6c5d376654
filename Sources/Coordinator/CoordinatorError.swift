/// Why a coordinator cannot run.
public enum CoordinatorError: Error, Equatable, CustomStringConvertible {
    /// Another coordinator looks after the host.
    case hostTaken(host: String, process: Int?)

    /// One line for people.
    public var description: String {
        switch self {
        case .hostTaken(let host, let process):
            "another coordinator\(process.map { ", process \($0)," } ?? "") looks after host \(host) already: "
                + "stop it first, or give this one a name of its own with --host-name"
        }
    }
}
