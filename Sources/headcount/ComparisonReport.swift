import Evaluation

/// Two evaluations picture by picture, as programs read it.
struct ComparisonReport: Encodable {
    private struct Nearer: Encodable {
        let first: Int
        let second: Int
        let neither: Int
    }

    private struct Pair: Encodable {
        let image: String
        let truth: Double
        let first: Double
        let second: Double
    }

    private let command = "compare"
    private let version = Version.current
    private let first: String
    private let second: String
    private let images: Int
    private let unpaired: Int
    private let maeDifference: Double
    private let interval: Interval
    private let nearer: Nearer
    private let pictures: [Pair]

    private enum CodingKeys: String, CodingKey {
        case command, version, first, second, images, unpaired, interval, nearer, pictures
        case maeDifference = "mae_difference"
    }

    /// - Parameters:
    ///   - names: of the two, as they were given.
    ///   - rows: so many of the pictures where their counts differ most.
    init(_ comparison: PairedComparison, names: (first: String, second: String), rows: Int) {
        first = names.first
        second = names.second
        images = comparison.pairs.count
        unpaired = comparison.unpaired
        maeDifference = comparison.maeDifference
        interval = comparison.interval
        nearer = Nearer(
            first: comparison.nearer.first, second: comparison.nearer.second, neither: comparison.nearer.neither)
        pictures = comparison.pairs.prefix(rows).map {
            Pair(image: $0.first.image, truth: $0.first.truth, first: $0.first.count, second: $0.second.count)
        }
    }
}
