public import Density

/// What a worker must know of a run. All that may change is that density maps are kept from some time on.
public struct RunDescription: Sendable, Hashable {
    /// The model it is counted with.
    public let model: ModelRecord
    /// How pictures are resized and cut.
    public let plan: TilePlan
    /// True where the density map of each image is kept with its count.
    public let keepsDensity: Bool
    /// True where earlier runs counted the same set with the same model and plan.
    public let hasKin: Bool
}
