/// How far a quantised network is from the truth, and from the network it was made of.
public struct CalibrationErrors: Sendable, Hashable {
    /// One picture: people in it where that is known, by the network in floating point, and by the quantised one.
    typealias Sample = (truth: Double?, float: Double, int8: Double)

    /// Pictures.
    public let images: Int
    /// Mean of the absolute errors against the truth; `nil` where no picture has one.
    public let mae: Double?
    /// Mean of the absolute differences from the network in floating point.
    public let difference: Double
    /// The same over the pictures that have a true count; `nil` where none has.
    private let toldDifference: Double?
    /// Mean of what the network in floating point counts.
    public let people: Double

    init(_ samples: [Sample]) {
        let number = Double(max(1, samples.count))
        images = samples.count
        let told = samples.compactMap { sample in
            sample.truth.map { (truth: $0, float: sample.float, int8: sample.int8) }
        }
        let mean = { (sum: Double) in told.isEmpty ? nil : sum / Double(told.count) }
        mae = mean(told.reduce(0) { $0 + ($1.int8 - $1.truth).magnitude })
        toldDifference = mean(told.reduce(0) { $0 + ($1.int8 - $1.float).magnitude })
        difference = samples.reduce(0) { $0 + ($1.int8 - $1.float).magnitude } / number
        people = samples.reduce(0) { $0 + $1.float } / number
    }

    /// By what share quantising makes the network worse, as far as these pictures tell: of its error where true counts
    /// are known, else of its counts.
    ///
    /// On a few pictures what is off may happen to lie against the network's own errors, and make them smaller. So
    /// it counts for no less than what it adds to errors that it has nothing to do with: the two are at right angles
    /// then, and a quarter of the error adds 3 % to it.
    /// - Parameter exact: the network in floating point, on the same pictures.
    public func loss(against exact: CalibrationErrors) -> Double {
        guard let mae, let toldDifference, let own = exact.mae, own > 0 else {
            return people > 0 ? difference / people : 0
        }
        let ratio = toldDifference / own
        return max((mae - own) / own, (1 + ratio * ratio).squareRoot() - 1)
    }
}
