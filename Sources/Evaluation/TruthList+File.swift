extension TruthList {
    /// Reads a CSV file with the columns `image` and `count`.
    /// - Throws: `EvaluationError.unreadable`, `.badTruth` or `.noTruth`.
    public init(path: String) throws(EvaluationError) {
        try self.init(csv: WholeFile.read(path), source: path)
    }
}
