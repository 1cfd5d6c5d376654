/// Whether a network that was quantised for the CPU is worth having beside the one it was made of.
public struct ProcessorOffer: Sendable, Hashable {
    /// Seconds of a tile in floating point.
    public let float: Double
    /// Seconds of a tile in INT8.
    public let int8: Double
    /// By what share INT8 makes the network worse.
    public let loss: Double

    /// An offer of three parts.
    public init(float: Double, int8: Double, loss: Double) {
        self.float = float
        self.int8 = int8
        self.loss = loss
    }

    /// Why it is not worth having, such as `is no faster`; `nil` where it is.
    /// - Parameter tolerance: share by which it may be worse.
    public func refusal(tolerance: Double) -> String? {
        if int8 >= float { return "is no faster" }
        return loss > tolerance ? "errs too much" : nil
    }
}
