import Concurrency

/// Fetches what URLs lead to, over HTTP/1.1 and HTTP/2, many at a time on one thread.
///
/// Connections are kept and used again. Cancelling the task that fetches ends its transfer at once. Nothing is tried
/// again: whether that makes sense is for the caller to say.
public final class Fetcher: Sendable {
    /// Bytes of the largest body that is taken.
    public let maximumBytes: Int

    private let inbox: TransferInbox
    private let running: Task<Void, Never>

    /// Starts the thread.
    /// - Throws: `FetchError.badConfiguration` where a limit is not positive or a file cannot be read.
    public init(_ configuration: FetchConfiguration = FetchConfiguration()) throws(FetchError) {
        try configuration.validate()
        maximumBytes = configuration.maximumBytes
        let loop = try TransferLoop(configuration)
        inbox = loop.inbox
        running = Task { await loop.run() }
    }

    deinit {
        inbox.close()
    }

    /// Fetches one URL whole.
    /// - Parameters:
    ///   - etag: of the version the caller has; where the server still has it the result is `unchanged`.
    ///   - limit: bytes of the body, where less than `maximumBytes` are wanted.
    public func fetch(
        _ url: String, unlessMatching etag: String? = nil, atMost limit: Int = .max
    ) async throws(FetchError) -> FetchedResource {
        let url = try RequestURL(url)
        let ticket = inbox.nextTicket()
        let outcome: Result<FetchedResource, FetchError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                inbox.submit(
                    TransferRequest(
                        ticket: ticket, url: url, etag: etag, maximumBytes: min(limit, maximumBytes),
                        continuation: continuation))
            }
        } onCancel: {
            inbox.cancel(ticket)
        }
        return try outcome.get()
    }

    /// The URL as it may be shown: without user name, password and what stands in its query.
    public static func redacted(_ url: String) -> String {
        RequestURL.redacted(url)
    }

    /// Ends every fetch with `FetchError.closed`, those to come as well; does not wait.
    public func close() {
        inbox.close()
    }

    /// Waits until a closed fetcher has ended its fetches and closed its connections.
    public func waitUntilClosed() async {
        await running.value
    }
}
