import Arguments
import HTTPServer
import Telemetry

/// Serves a process's metrics to Prometheus, and says whether it is well.
///
/// `/metrics` is the text, `/healthz` answers 200 while the process lives, `/readyz` 200 while it can do its work and 503
/// while it cannot.
struct MetricsServer {
    static let option = Option(
        "metrics", value: "[ADDRESS:]PORT",
        "Serve Prometheus metrics at /metrics there, and /healthz and /readyz; the address is 127.0.0.1 if left out.")

    private let address: String
    private let port: UInt16

    /// Where the option says that metrics are to be served; `nil` where it is not given.
    static func place(_ invocation: Invocation) throws(UsageError) -> MetricsServer? {
        guard let text = invocation.value(of: option.name) else { return nil }
        let colon = text.lastIndex(of: ":")
        let address = colon.map { text[..<$0] } ?? "127.0.0.1"
        let bare = address.hasPrefix("[") && address.hasSuffix("]") ? address.dropFirst().dropLast() : address
        guard let port = UInt16(colon.map { String(text[text.index(after: $0)...]) } ?? text), !bare.isEmpty else {
            throw invocation.refusal(of: option.name, needed: "a port, or an address and a port")
        }
        return MetricsServer(address: String(bare), port: port)
    }

    /// Starts serving.
    func serve(_ metrics: Metrics, isReady: @escaping @Sendable () -> Bool) throws -> HTTPServer {
        try HTTPServer(address: address, port: port) { request in
            guard request.method == "GET" || request.method == "HEAD" else {
                return HTTPResponse(status: 405, headers: [HTTPHeader("Allow", "GET, HEAD")])
            }
            return switch request.path {
            case "/metrics": .text(metrics.text, type: Metrics.contentType)
            case "/healthz": .text("ok\n")
            case "/readyz": isReady() ? .text("ready\n") : .text("not ready\n", status: 503)
            default: .refusal(404, "There are /metrics, /healthz and /readyz")
            }
        }
    }
}
