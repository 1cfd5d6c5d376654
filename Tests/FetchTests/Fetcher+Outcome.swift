import Fetch

extension Fetcher {
    /// A fetch that does not throw, for tests of its errors.
    func outcome(of url: String) async -> Result<FetchedResource, FetchError> {
        do throws(FetchError) {
            return .success(try await fetch(url))
        } catch {
            return .failure(error)
        }
    }
}
