/// Three numbers: a place or direction in metres (x to the right, y up, z away from the camera), or a colour as linear
/// red, green and blue.
///
/// Plain scalars and not `SIMD3`, whose operators are a hundred times slower in a debug build.
struct Vector: Sendable, Equatable {
    var x: Float
    var y: Float
    var z: Float

    static let zero = Vector(0, 0, 0)

    @inline(__always)
    init(_ x: Float, _ y: Float, _ z: Float) {
        self.x = x
        self.y = y
        self.z = z
    }

    /// A gray.
    @inline(__always)
    init(_ level: Float) {
        self.init(level, level, level)
    }

    var length: Float { dot(self).squareRoot() }

    /// The mean a viewer's eye gives to a linear colour (BT.709 weights).
    var luminance: Float { 0.2126 * x + 0.7152 * y + 0.0722 * z }

    @inline(__always)
    func dot(_ other: Vector) -> Float { x * other.x + y * other.y + z * other.z }

    func cross(_ other: Vector) -> Vector {
        Vector(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }

    /// This direction at length 1; straight up where it has no length.
    func normalized() -> Vector {
        let length = length
        return length > 0 ? self * (1 / length) : Vector(0, 1, 0)
    }

    /// The way from this to `other`, at `fraction` of it.
    @inline(__always)
    func mixed(with other: Vector, _ fraction: Float) -> Vector { self + (other - self) * fraction }

    @inline(__always)
    static func + (left: Vector, right: Vector) -> Vector {
        Vector(left.x + right.x, left.y + right.y, left.z + right.z)
    }

    @inline(__always)
    static func - (left: Vector, right: Vector) -> Vector {
        Vector(left.x - right.x, left.y - right.y, left.z - right.z)
    }

    @inline(__always)
    static func * (left: Vector, right: Float) -> Vector {
        Vector(left.x * right, left.y * right, left.z * right)
    }

    /// Channel by channel: light on a colour.
    @inline(__always)
    static func * (left: Vector, right: Vector) -> Vector {
        Vector(left.x * right.x, left.y * right.y, left.z * right.z)
    }
}
