import Fetch
import HTTPServer
import TestSupport

/// A server on every address of this machine that nobody may connect to.
struct ForbiddenServer {
    private let server: MisbehavingServer

    init() throws {
        // One that would answer: a connection must show as one, not as a failure that looks like a refusal.
        server =
            try (try? MisbehavingServer(.sendsPage, address: "::")) ?? MisbehavingServer(.sendsPage, address: "0.0.0.0")
    }

    var port: UInt16 { server.port }
    var accepted: Int { server.accepted }

    /// - Parameter allowed: an address that may be reached beside the public ones.
    func configuration(allowing allowed: String? = nil) throws -> FetchConfiguration {
        var configuration = FetchConfiguration()
        configuration.connectTimeout = .seconds(2)
        if let allowed { configuration.allowedNetworks = [try Network(allowed)] }
        return configuration
    }
}

/// A server on an address of its own that answers with a redirect, or with 200.
struct RedirectingServer {
    /// Of this machine, like all of 127.0.0.0/8.
    static let address = "127.0.0.9"

    private let server: HTTPServer
    private let count = Counter()

    init(to target: String?) throws {
        let count = count
        server = try HTTPServer(address: Self.address, port: 0) { _ in
            count.add(1)
            guard let target else { return HTTPResponse(status: 200) }
            return HTTPResponse(status: 302, headers: [HTTPHeader("Location", target)])
        }
    }

    var url: String { server.url + "/" }
    var port: UInt16 { server.port }
    var served: Int { count.value }
}
