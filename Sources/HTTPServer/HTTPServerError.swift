/// Why a server did not start, or a folder cannot be served.
public enum HTTPServerError: Error, Equatable, CustomStringConvertible {
    /// Another program listens on the port already.
    case portTaken(address: String, port: UInt16)
    /// Ports below 1024 need a privilege.
    case portForbidden(address: String, port: UInt16)
    /// The address is not one of this machine's, or no address at all.
    case badAddress(address: String, reason: String)
    case cannotStart(address: String, port: UInt16, reason: String)
    case folderMissing(path: String)
    case notAFolder(path: String)
    case folderUnreadable(path: String, reason: String)

    /// One line that says what to do.
    public var description: String {
        switch self {
        case .portTaken(let address, let port):
            "port \(port) of \(address) is taken by another program: choose another port, or 0 for any that is free"
        case .portForbidden(let address, let port):
            "port \(port) of \(address) needs a privilege: choose a port from 1024 up"
        case .badAddress(let address, let reason):
            "cannot listen on the address '\(address)': \(reason)"
        case .cannotStart(let address, let port, let reason):
            "cannot serve HTTP on \(address) port \(port): \(reason)"
        case .folderMissing(let path):
            "there is no folder '\(path)'"
        case .notAFolder(let path):
            "'\(path)' is not a folder"
        case .folderUnreadable(let path, let reason):
            "cannot read the folder '\(path)': \(reason)"
        }
    }
}
