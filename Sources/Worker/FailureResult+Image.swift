import Archive

extension FailureResult {
    /// Another failed attempt on an image.
    init(_ image: ClaimedShard.Image, _ failure: FailureClass, detail: String, askedDelay: Duration? = nil) {
        self.init(
            image: image.number, attempt: image.attempts + 1, failure: failure, detail: detail, askedDelay: askedDelay)
    }
}
