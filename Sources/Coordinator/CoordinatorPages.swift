public import HTTPServer

/// What a coordinator answers over HTTP to whoever watches over it.
public struct CoordinatorPages: Sendable {
    private let coordinator: Coordinator

    /// Pages of a coordinator that runs, or will.
    public init(_ coordinator: Coordinator) {
        self.coordinator = coordinator
    }

    /// The answer, `nil` where the path is none of these pages.
    ///
    /// `/healthz` answers while the process does; `/readyz` while the database answers the process too.
    public func response(to request: HTTPRequest) -> HTTPResponse? {
        switch request.path {
        case "/healthz": answer(request, .text("ok\n"))
        case "/readyz":
            answer(request, coordinator.isReady ? .text("ok\n") : .refusal(503, "the database does not answer"))
        default: nil
        }
    }

    private func answer(_ request: HTTPRequest, _ response: HTTPResponse) -> HTTPResponse {
        ["GET", "HEAD"].contains(request.method) ? response : .refusal(405, "only GET and HEAD")
    }
}
