import Arguments
import Glibc

/// The option by which a host is given another name than the system's.
enum HostNameOption {
    static let option = Option(
        "host-name", value: "NAME", "Name of this host in the database (the system's own).")

    static func value(_ invocation: Invocation) throws -> String {
        guard let name = invocation.value(of: option.name) else { return HostName.current }
        let isGood =
            name.unicodeScalars.count <= 200
            && name.unicodeScalars.allSatisfy {
                $0 != "/" && !$0.properties.isWhitespace && $0.properties.generalCategory != .control
            }
        guard isGood else {
            throw invocation.refusal(of: option.name, needed: "up to 200 characters without spaces or a slash")
        }
        return name
    }
}
