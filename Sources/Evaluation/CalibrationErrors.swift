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

    init(_ samples: [Sample]) {
        images = samples.count
        let told = samples.compactMap { sample in sample.truth.map { (sample.int8 - $0).magnitude } }
        mae = told.isEmpty ? nil : told.reduce(0, +) / Double(told.count)
        difference = samples.reduce(0) { $0 + ($1.int8 - $1.float).magnitude } / Double(max(1, samples.count))
    }
}
