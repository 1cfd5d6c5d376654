import Glibc

/// The account that a server runs as when root starts it: PostgreSQL refuses to run as root.
struct ServerAccount: Equatable {
    let user: uid_t
    let group: gid_t

    /// - Returns: `nil` where the calling user runs the server itself, being no root.
    /// - Parameter folder: the server's folder; where it is there already, its owner goes on.
    static func forServer(in folder: String) -> ServerAccount? {
        guard geteuid() == 0 else { return nil }
        var attributes = stat()
        if stat(folder, &attributes) == 0 && attributes.st_uid != 0 {
            return ServerAccount(user: attributes.st_uid, group: attributes.st_gid)
        }
        return named("postgres") ?? named("nobody") ?? ServerAccount(user: 65534, group: 65534)
    }

    private static func named(_ name: String) -> ServerAccount? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16_384) { strings in
            guard let base = strings.baseAddress,
                getpwnam_r(name, &entry, base, strings.count, &found) == 0, found != nil
            else { return nil }
            return ServerAccount(user: entry.pw_uid, group: entry.pw_gid)
        }
    }
}
