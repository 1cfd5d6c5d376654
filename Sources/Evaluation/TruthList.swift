import CSV

/// True counts by the names of pictures, as a CSV file gives them.
public struct TruthList: Sendable, Hashable {
    /// What the list is called in messages.
    public let source: String
    /// People by picture.
    public let counts: [String: Double]

    /// Reads CSV with the columns `image` and `count`; others are ignored.
    /// - Parameters:
    ///   - content: the whole file.
    ///   - source: its path, for messages.
    /// - Throws: `EvaluationError.badTruth` for a line that cannot be used, `.noTruth` where there is none.
    public init(csv content: [UInt8], source: String) throws(EvaluationError) {
        self.source = source
        var reader = CSVReader()
        var columns: (image: Int, count: Int)?
        var counts: [String: Double] = [:]
        func take(_ result: Result<CSVReader.Record, CSVError>) throws(EvaluationError) {
            let record: CSVReader.Record
            switch result {
            case .success(let success): record = success
            case .failure(let error):
                throw .badTruth(source: source, line: error.lines.lowerBound, reason: error.reason)
            }
            if record.fields == [""] { return }
            guard let (image, count) = columns else {
                columns = try Self.columns(of: record, source: source)
                return
            }
            func refuse(_ reason: String) -> EvaluationError {
                .badTruth(source: source, line: record.line, reason: reason)
            }
            guard record.fields.count > max(image, count) else { throw refuse("the line has too few columns") }
            let (name, text) = (record.fields[image], record.fields[count])
            guard !name.isEmpty else { throw refuse("the column image is empty") }
            guard let number = Double(text), Observation.people.contains(number) else {
                throw refuse("the count “\(text)” is no number of people from 0 to 1000000000")
            }
            guard counts.updateValue(number, forKey: name) == nil else { throw refuse("\(name) stands twice") }
        }
        try reader.read(content, take)
        try reader.finish(take)
        guard !counts.isEmpty else { throw .noTruth(source: source) }
        self.counts = counts
    }

    private static func columns(
        of header: CSVReader.Record, source: String
    ) throws(EvaluationError) -> (image: Int, count: Int) {
        guard let image = header.fields.firstIndex(of: "image"), let count = header.fields.firstIndex(of: "count")
        else {
            throw .badTruth(
                source: source, line: header.line,
                reason: "the first line names \(header.fields.joined(separator: ", ")): needed are image and count")
        }
        return (image, count)
    }
}
