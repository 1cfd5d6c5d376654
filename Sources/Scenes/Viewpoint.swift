import Density
import Glibc

/// Where a scene is seen from, found from how large its heads shall be.
struct Viewpoint: Sendable {
    /// Height of a head in metres, for the sizes below.
    static let headHeight: Float = 0.23
    /// Height of heads above the ground in metres.
    static let eyeLine: Float = 1.6

    let camera: Camera
    /// Distances along the ground, in metres, at which heads enter at the bottom of the picture and at which the
    /// crowd ends.
    let near: Float
    let far: Float

    /// Over flat ground.
    /// - Parameters:
    ///   - nearHead: height in pixels of heads at the bottom of the picture.
    ///   - farHead: the same where the crowd ends; smaller.
    ///   - farRow: row of the farthest heads as a part of the picture's height, 0 at the top.
    ///   - field: angle from the picture's top to its bottom, in radians.
    init(size: PixelSize, nearHead: Float, farHead: Float, farRow: Float, field: Float, roll: Float) {
        let height = Float(size.height)
        let half = Curves.sineAndCosine(field / 2)
        let focal = height / 2 * half.cosine / half.sine
        let ratio = nearHead / farHead
        // Angles below the horizontal of the nearest and the farthest heads: their sines are as the head sizes, and
        // their difference is what lies between them in the picture.
        let below = Curves.angle(height * (0.5 - farRow), focal) + field / 2
        let (sine, cosine) = Curves.sineAndCosine(below)
        let farAngle = Curves.angle(sine, ratio - cosine)
        let farDistance = focal * Self.headHeight / farHead
        let (drop, reach) = Curves.sineAndCosine(farAngle)
        let nearReach = Curves.sineAndCosine(farAngle + below).cosine
        let pitch = farAngle + below - field / 2
        camera = Camera(
            size: size, height: Self.eyeLine + farDistance * drop, pitch: pitch, roll: roll, focal: focal)
        far = farDistance * reach
        let nearDistance = farDistance / ratio
        near = max(0.3, nearDistance * nearReach)
    }

    /// Before a stand that rises from `start`, the picture's middle on the row at `middle`.
    init(size: PixelSize, head: Float, field: Float, ground: Ground, middle: Float, eye: Float, roll: Float) {
        let half = Curves.sineAndCosine(field / 2)
        let focal = Float(size.height) / 2 * half.cosine / half.sine
        let target = ground.height(z: middle) + Self.eyeLine
        let pitch = Curves.angle(eye - target, middle)
        camera = Camera(size: size, height: eye, pitch: pitch, roll: roll, focal: focal)
        near = ground.rise?.start ?? middle
        far = ground.rise?.end ?? middle
    }

    /// Half the width in metres of what the picture shows at a distance along the ground.
    func halfWidth(at z: Float, ground: Ground) -> Float {
        let depth = camera.depth(of: Vector(0, ground.height(z: z) + Self.eyeLine, z))
        return max(0, depth) * camera.middle.x / camera.focal * 1.04 + 0.35
    }

    /// Height in pixels of a head at a place on the ground.
    func headPixels(at place: Vector) -> Float {
        let depth = camera.depth(of: place + Vector(0, Self.eyeLine, 0))
        return depth > 0.2 ? Self.headHeight * camera.focal / depth : .infinity
    }
}
