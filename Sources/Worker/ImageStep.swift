/// The steps of an image, as progress and metrics name them.
public enum ImageStep: String, Sendable, Hashable, CaseIterable {
    /// Waiting to be fetched, and being fetched.
    case fetch
    /// Waiting to be decoded, and being decoded and resized.
    case decode
    /// From handing the tiles to the device to the last density map.
    case infer
}
