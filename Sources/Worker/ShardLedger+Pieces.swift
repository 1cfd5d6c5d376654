import Archive

extension ShardLedger.Record {
    /// The same, one result after the other; what is left comes with the last, which holds no result.
    var pieces: [ShardLedger.Record] {
        var end = self
        (end.counts, end.failures) = ([], [])
        var one = self
        (one.counts, one.failures, one.postponed, one.finish) = ([], [], [], false)
        let counted = counts.map { count in
            var piece = one
            piece.counts = [count]
            return piece
        }
        let failed = failures.map { failure in
            var piece = one
            piece.failures = [failure]
            return piece
        }
        return counted + failed + [end]
    }

    /// The one count in a piece, as what others are taken over from.
    var source: CountSource? { counts.first.map { CountSource(run: run, image: $0.image) } }

    /// The same without what was taken over from counts that were refused: those images go back, to be counted themselves.
    func without(countsFrom refused: Set<CountSource>) -> ShardLedger.Record {
        var record = self
        record.counts.removeAll { $0.source.map(refused.contains) ?? false }
        return record
    }

    /// A failure in place of the result, the only one, that cannot be written.
    /// - Returns: `nil` where there is none.
    func refused(because reason: String) -> ShardLedger.Record? {
        guard let number = counts.first?.image ?? failures.first?.image, let image = images[number] else { return nil }
        var piece = self
        piece.counts = []
        piece.failures = [FailureResult(image, .engine, detail: "its result cannot be written: \(reason)")]
        return piece
    }
}
