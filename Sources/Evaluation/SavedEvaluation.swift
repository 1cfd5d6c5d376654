import FoundationEssentials

/// An evaluation picture by picture, kept as JSON for comparisons later.
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

    /// Reads a file that holds `json()`.
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

    /// What the file holds.
    /// - Throws: `EvaluationError.unsaved` where a count is no number.
    public func json() throws(EvaluationError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(self))
        } catch {
            throw .unsaved(model: subject.model)
        }
    }

    /// The evaluation with all that follows; `nil` only where there is no picture, which no saved one is.
    public func evaluation(bootstrap: Bootstrap = Bootstrap()) -> Evaluation? {
        Evaluation(of: pictures, subject: subject, bootstrap: bootstrap)
    }
}
