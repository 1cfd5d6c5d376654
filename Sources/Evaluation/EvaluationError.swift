/// Why something could not be evaluated.
public enum EvaluationError: Error, Equatable, CustomStringConvertible {
    /// A file or folder could not be read; `reason` is the system's.
    case unreadable(path: String, reason: String)
    /// An evaluation holds counts that are no numbers.
    case unsaved(model: String)
    /// A truth file has a line that cannot be used.
    case badTruth(source: String, line: Int, reason: String)
    /// A truth file names no picture.
    case noTruth(source: String)
    /// The truth names pictures that are not among those to compare; `first` is one of them.
    case unknownPictures(source: String, count: Int, first: String, place: String)
    /// A name in the truth fits two pictures.
    case ambiguousName(source: String, name: String)
    /// There is nothing to evaluate.
    case noPictures(place: String)
    /// None of the pictures could be counted; `reason` is the first one's.
    case nothingCounted(place: String, reason: String)
    /// The simulated card keeps only time: its counts have nothing to do with the pictures.
    case inventedCounts(place: String)
    /// A file is no saved evaluation.
    case notAnEvaluation(path: String, reason: String)
    /// A picture cannot be decoded; `reason` is the decoder's.
    case badPicture(path: String, reason: String)
    /// A network cannot be calibrated on so few.
    case tooFewPictures(found: Int, needed: Int)

    /// One line for people.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "cannot read \(path): \(reason)"
        case .unsaved(let model):
            "the evaluation of \(model) cannot be saved: some of its counts are no numbers"
        case .badTruth(let source, let line, let reason):
            "\(source), line \(line): \(reason)"
        case .noTruth(let source):
            "\(source) holds no true count: needed is a CSV file with the columns image and count"
        case .unknownPictures(let source, let count, let first, let place):
            "\(source) names \(count == 1 ? "a picture that is" : "\(count) pictures that are") not in \(place): \(first)"
        case .ambiguousName(let source, let name):
            "\(source): \(name) fits more than one picture: name them by URL or key"
        case .noPictures(let place):
            "\(place) holds no picture"
        case .nothingCounted(let place, let reason):
            "no picture of \(place) with a true count was counted: \(reason)"
        case .inventedCounts(let place):
            "the counts of \(place) come from a simulated card, which only keeps time: there is nothing to evaluate"
        case .notAnEvaluation(let path, let reason):
            "\(path) is no evaluation: \(reason); headcount evaluate --save writes one"
        case .badPicture(let path, let reason):
            "\(path): \(reason)"
        case .tooFewPictures(let found, let needed):
            "\(found) pictures are too few to calibrate on and to measure on: needed are at least \(needed)"
        }
    }
}
