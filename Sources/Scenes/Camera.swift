import Density

/// A pinhole camera above the ground, looking away along z and down.
struct Camera: Sendable {
    let position: Vector
    /// Unit directions of the picture's columns, of its rows upwards, and of its middle.
    let right: Vector
    let up: Vector
    let forward: Vector
    /// Focal length in pixels.
    let focal: Float
    /// The middle of the picture in pixels.
    let middle: (x: Float, y: Float)
    let size: PixelSize

    /// - Parameters:
    ///   - height: metres above the ground at the camera.
    ///   - pitch: radians below the horizontal.
    ///   - roll: radians, small.
    init(size: PixelSize, height: Float, pitch: Float, roll: Float, focal: Float) {
        let (sine, cosine) = Curves.sineAndCosine(pitch)
        let (lean, upright) = Curves.sineAndCosine(roll)
        let levelUp = Vector(0, cosine, sine)
        let levelRight = Vector(1, 0, 0)
        position = Vector(0, height, 0)
        forward = Vector(0, -sine, cosine)
        right = levelRight * upright + levelUp * lean
        up = levelUp * upright - levelRight * lean
        self.focal = focal
        self.size = size
        middle = (Float(size.width) / 2, Float(size.height) / 2)
    }

    /// A camera anywhere, upright.
    /// - Parameter forward: unit direction, not straight up or down.
    init(size: PixelSize, position: Vector, forward: Vector, focal: Float) {
        self.size = size
        self.position = position
        self.forward = forward
        right = Vector(0, 1, 0).cross(forward).normalized()
        up = forward.cross(right)
        self.focal = focal
        middle = (Float(size.width) / 2, Float(size.height) / 2)
    }

    /// The direction seen at (x, y), at length 1 along `forward`: a place on it is `position + ray * depth`.
    @inline(__always)
    func ray(_ x: Float, _ y: Float) -> Vector {
        forward + right * ((x - middle.x) / focal) + up * ((middle.y - y) / focal)
    }

    /// Distance of `place` along `forward`, in metres; negative behind the camera.
    func depth(of place: Vector) -> Float { (place - position).dot(forward) }

    /// Where `place`, which lies before the camera, appears, in pixels from the picture's top left corner.
    func project(_ place: Vector) -> (x: Float, y: Float) {
        let offset = place - position
        let scale = focal / offset.dot(forward)
        return (middle.x + offset.dot(right) * scale, middle.y - offset.dot(up) * scale)
    }
}
