/// One call of `Fetcher.fetch`, on its way to the thread that does it.
struct TransferRequest: Sendable {
    let ticket: UInt64
    let url: RequestURL
    let etag: String?
    let maximumBytes: Int
    let continuation: CheckedContinuation<Result<FetchedResource, FetchError>, Never>
}
