import Concurrency
import HTTPServer

/// Pages that are served until the service is cancelled.
struct ServedPages: Service {
    private let server: HTTPServer

    init(_ server: HTTPServer) {
        self.server = server
    }

    func run() async throws {
        defer { server.stop() }
        // Waits for the cancellation, which is the only end there is.
        while true { try await Task.sleep(for: .seconds(3600)) }
    }
}
