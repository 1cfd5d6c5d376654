import FoundationEssentials

/// An evaluation as a file, picture by picture, for comparisons later: JSON.
public struct SavedEvaluation: Sendable, Hashable, Codable {
    /// What was evaluated.
    public let subject: Subject
    /// Every picture.
    public let pictures: [Observation]

    /// What of an evaluation is kept: all else follows.
    public init(_ evaluation: Evaluation) {
        subject = evaluation.subject
        pictures = evaluation.observations
    }

    /// Reads a file that `write(to:)` wrote.
    /// - Throws: `EvaluationError.unreadable` or `.notAnEvaluation`.
    public init(path: String) throws(EvaluationError) {
        let content = try WholeFile.read(path)
        do {
            self = try JSONDecoder().decode(SavedEvaluation.self, from: Data(content))
        } catch {
            throw .notAnEvaluation(path: path, reason: "it is not the JSON that an evaluation is saved as")
        }
        guard !pictures.isEmpty else { throw .notAnEvaluation(path: path, reason: "it holds no picture") }
        if let odd = pictures.first(where: { !$0.isMeasured }) {
            throw .notAnEvaluation(
                path: path, reason: "the numbers of \(odd.image) are not within 0 to 1000000000 people and seconds")
        }
    }

    /// Writes the file.
    /// - Throws: `EvaluationError.unwritable`.
    public func write(to path: String) throws(EvaluationError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let content: Data
        do {
            content = try encoder.encode(self)
        } catch {
            throw .unwritable(path: path, reason: "an evaluation with numbers that are none")
        }
        try WholeFile.write(content, to: path)
    }

    /// The evaluation with all that follows; `nil` only where there is no picture, which no saved one is.
    public func evaluation(bootstrap: Bootstrap = Bootstrap()) -> Evaluation? {
        Evaluation(of: pictures, subject: subject, bootstrap: bootstrap)
    }
}
