/// Three unit directions at right angles: a body's right, up and front.
struct Frame: Sendable {
    var right: Vector
    var up: Vector
    var front: Vector

    /// Upright, turned by `heading` radians: 0 faces away from the camera, a quarter turn to the picture's right.
    init(heading: Float) {
        let (sine, cosine) = Curves.sineAndCosine(heading)
        right = Vector(cosine, 0, -sine)
        up = Vector(0, 1, 0)
        front = Vector(sine, 0, cosine)
    }

    /// This frame bowed forward by `nod` and leaned to its right by `tilt`, in radians.
    func turned(nod: Float, tilt: Float) -> Frame {
        let (down, level) = Curves.sineAndCosine(nod)
        let (lean, straight) = Curves.sineAndCosine(tilt)
        var turned = self
        turned.front = front * level - up * down
        let bowed = up * level + front * down
        turned.up = bowed * straight + right * lean
        turned.right = right * straight - bowed * lean
        return turned
    }

    /// The place at own coordinates (x, y, z) from `origin`.
    func place(_ origin: Vector, _ x: Float, _ y: Float, _ z: Float) -> Vector {
        origin + right * x + up * y + front * z
    }
}
