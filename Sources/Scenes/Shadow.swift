import Density
import Glibc

/// A soft dark disc on the ground, where a body keeps the sky's light off.
struct Shadow: Sendable {
    var x: Float
    var z: Float
    /// Metres to where it ends.
    var radius: Float
    /// Part of the light that is kept off in the middle.
    var strength: Float

    /// Part of the light that reaches a place.
    @inline(__always)
    func passed(x px: Float, z pz: Float) -> Float {
        let (dx, dz) = (px - x, pz - z)
        let square = (dx * dx + dz * dz) / (radius * radius)
        return square >= 1 ? 1 : 1 - strength * (1 - square) * (1 - square)
    }

    /// Pixels it may darken; `nil` where none.
    func bounds(in camera: Camera, on ground: Ground) -> (columns: Range<Int>, rows: Range<Int>)? {
        var (left, right, top, bottom) = (Float.infinity, -Float.infinity, Float.infinity, -Float.infinity)
        for (u, v) in [(-radius, -radius), (-radius, radius), (radius, -radius), (radius, radius)] {
            let place = Vector(x + u, ground.height(z: z + v), z + v)
            guard camera.depth(of: place) > 0.4 else { return nil }
            let (column, row) = camera.project(place)
            (left, right) = (min(left, column), max(right, column))
            (top, bottom) = (min(top, row), max(bottom, row))
        }
        let (width, height) = (Float(camera.size.width), Float(camera.size.height))
        guard right > 0, bottom > 0, left < width, top < height else { return nil }
        let columns = Int(max(0, left))..<Int(min(width, right.rounded(.up)))
        return (columns, Int(max(0, top))..<Int(min(height, bottom.rounded(.up))))
    }
}
