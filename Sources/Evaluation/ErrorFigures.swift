/// How far a network's counts are from the truth.
public struct ErrorFigures: Sendable, Hashable, Encodable {
    /// Pictures that were compared.
    public let images: Int
    /// Mean of the absolute errors, in people.
    public let mae: Double
    /// Square root of the mean of the squared errors, in people.
    public let rmse: Double
    /// Mean of the absolute error over the true count, over the pictures with people; `nil` where none has any.
    public let nae: Double?
    /// Mean of the errors, in people: above zero where the network counts too many.
    public let bias: Double
    /// Mean seconds of computing one picture's densities.
    public let secondsPerImage: Double

    private enum CodingKeys: String, CodingKey {
        case images, mae, rmse, nae, bias
        case secondsPerImage = "seconds_per_image"
    }

    /// Every key is there, `nae` as null where it is none.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(images, forKey: .images)
        try container.encode(mae, forKey: .mae)
        try container.encode(rmse, forKey: .rmse)
        try container.encode(nae, forKey: .nae)
        try container.encode(bias, forKey: .bias)
        try container.encode(secondsPerImage, forKey: .secondsPerImage)
    }

    /// The figures of some observations; `nil` where there are none.
    public init?(of observations: some Collection<Observation>) {
        guard !observations.isEmpty else { return nil }
        let number = Double(observations.count)
        var (absolute, squared, signed, relative, seconds) = (0.0, 0.0, 0.0, 0.0, 0.0)
        var peopled = 0
        for observation in observations {
            let error = observation.error
            absolute += error.magnitude
            squared += error * error
            signed += error
            seconds += observation.seconds
            if observation.truth > 0 {
                relative += error.magnitude / observation.truth
                peopled += 1
            }
        }
        images = observations.count
        mae = absolute / number
        rmse = (squared / number).squareRoot()
        nae = peopled > 0 ? relative / Double(peopled) : nil
        bias = signed / number
        secondsPerImage = seconds / number
    }

    /// The contest's score: (250 - MAE) * 0.2 + (500 - RMSE) * 0.1 + (0.4 - NAE) * 200 + (2 - seconds) * 100.
    ///
    /// `nil` without a picture that has people, since it has no NAE then.
    public var score: Double? {
        nae.map { (250 - mae) * 0.2 + (500 - rmse) * 0.1 + (0.4 - $0) * 200 + (2 - secondsPerImage) * 100 }
    }
}
