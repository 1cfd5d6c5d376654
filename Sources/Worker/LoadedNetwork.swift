import Density
import Inference

/// A run's network, ready to be used.
struct LoadedNetwork: Sendable {
    let name: String
    let engine: any InferenceEngine
    /// What a picture smaller than a tile is padded with.
    let padding: PixelColour
}
