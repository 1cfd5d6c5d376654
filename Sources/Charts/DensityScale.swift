public import Density

/// Density in a unit that people can picture: people on a square of a hundred by a hundred pixels of the picture.
public struct DensityScale: Sendable {
    /// Pixels of such a square.
    static let square = 10_000.0
    /// The highest density never counts as less than this: else the noise of a network over an empty scene would glow.
    static let floor = 0.05

    /// The density that has the last colour.
    public let highest: Double
    /// What a cell's value is multiplied with.
    let perCell: Double

    /// The scale of a map over a picture.
    /// - Parameter picture: its size in its own pixels.
    public init(of map: DensityMap, over picture: PixelSize) {
        perCell = Double(map.size.area) * Self.square / Double(picture.area)
        let peak = map.cells.reduce(Float(0)) { $1.isFinite ? max($0, $1) : $0 }
        highest = max(Double(peak) * perCell, Self.floor)
    }
}
