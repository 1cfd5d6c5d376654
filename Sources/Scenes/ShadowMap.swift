import Density
import Glibc

/// What the sun or the main lamp sees: the nearest solid in each of its directions.
struct ShadowMap: Sendable {
    /// Metres from the light to the middle of the scene: far enough for its rays to run side by side.
    private static let distance: Float = 400
    /// Metres that a place may lie behind what was recorded and still be the same place.
    private static let bias: Float = 0.07

    /// Metres a texel spans.
    let texel: Float
    private let side: Int
    private let eye: Camera
    private let depths: [Float]

    /// - Parameters:
    ///   - direction: to the light.
    ///   - middle: of the ground that is to be shaded, and `reach`, how far that extends, in metres.
    ///   - side: texels across it.
    init(of solids: [Solid], towards direction: Vector, middle: Vector, reach: Float, side: Int) {
        let size = PixelSize(width: side, height: side)
        let focal = Float(side) / 2 / reach * Self.distance
        let eye = Camera(
            size: size, position: middle + direction * Self.distance, forward: direction * -1, focal: focal)
        var depths = [Float](repeating: .infinity, count: size.area)
        for (index, solid) in solids.enumerated() {
            if solid.surface.pattern == .lamp { continue }
            guard let splat = Splat(of: solid, index: index, camera: eye) else { continue }
            let (left, right) = (max(0, Int(splat.left)), min(side, Int(splat.right)))
            let (top, bottom) = (max(0, Int(splat.top)), min(side, Int(splat.bottom)))
            guard left < right, top < bottom else { continue }
            for y in top..<bottom {
                for x in left..<right {
                    guard splat.nearest < depths[y * side + x],
                        let hit = splat.hit(Float(x) + 0.5, Float(y) + 0.5)
                    else { continue }
                    depths[y * side + x] = min(depths[y * side + x], hit.depth)
                }
            }
        }
        self.side = side
        self.eye = eye
        texel = 2 * reach / Float(side)
        self.depths = depths
    }

    /// Part of the light that reaches a place: the mean of the four texels around it.
    func passed(_ place: Vector) -> Float {
        let (x, y) = eye.project(place)
        let (column, row) = (x - 0.5, y - 0.5)
        guard column >= 0, row >= 0, column < Float(side - 1), row < Float(side - 1) else { return 1 }
        let (left, top) = (Int(column), Int(row))
        let (u, v) = (column - Float(left), row - Float(top))
        let limit = eye.depth(of: place) - Self.bias
        func lit(_ index: Int) -> Float { depths[index] >= limit ? 1 : 0 }
        let base = top * side + left
        let upper = Curves.mix(lit(base), lit(base + 1), u)
        let lower = Curves.mix(lit(base + side), lit(base + side + 1), u)
        return Curves.mix(upper, lower, v)
    }
}
