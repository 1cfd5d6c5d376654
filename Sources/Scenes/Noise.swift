import Glibc

/// Random values tied to places: the same place gives the same value.
enum Noise {
    /// Even in 0 ..< 1 at a lattice point.
    @inline(__always)
    static func lattice(_ x: Int32, _ y: Int32, _ z: Int32, seed: UInt32) -> Float {
        var hash = UInt32(bitPattern: x) &* 0x8DA6_B343
        hash ^= UInt32(bitPattern: y) &* 0xD816_3841
        hash ^= UInt32(bitPattern: z) &* 0xCB1A_B31F
        hash = hash &+ seed &* 0x9E37_79B1
        hash = (hash ^ (hash >> 15)) &* 0x2C1B_3C6D
        hash = (hash ^ (hash >> 12)) &* 0x297A_2D39
        hash ^= hash >> 15
        return Float(hash >> 8) * 0x1p-24
    }

    /// Smooth in 0 ... 1 over a plane, with features of size 1.
    static func plane(_ x: Float, _ y: Float, seed: UInt32) -> Float {
        let (left, top) = (x.rounded(.down), y.rounded(.down))
        let (column, row) = (Int32(left), Int32(top))
        let (u, v) = (eased(x - left), eased(y - top))
        let upper = Curves.mix(lattice(column, row, 0, seed: seed), lattice(column &+ 1, row, 0, seed: seed), u)
        let lower = Curves.mix(
            lattice(column, row &+ 1, 0, seed: seed), lattice(column &+ 1, row &+ 1, 0, seed: seed), u)
        return Curves.mix(upper, lower, v)
    }

    /// Smooth in 0 ... 1 through space, with features of size 1.
    static func space(_ place: Vector, seed: UInt32) -> Float {
        let base = place.z.rounded(.down)
        let layer = Int32(base)
        let w = eased(place.z - base)
        let near = seed &+ UInt32(bitPattern: layer) &* 0x27D4_EB2F
        let far = seed &+ UInt32(bitPattern: layer &+ 1) &* 0x27D4_EB2F
        return Curves.mix(plane(place.x, place.y, seed: near), plane(place.x, place.y, seed: far), w)
    }

    /// Cloud-like in 0 ... 1 over a plane: three octaves.
    static func cloud(_ x: Float, _ y: Float, seed: UInt32) -> Float {
        plane(x, y, seed: seed) * 0.55 + plane(x * 2.1, y * 2.1, seed: seed &+ 1) * 0.28
            + plane(x * 4.3, y * 4.3, seed: seed &+ 2) * 0.17
    }

    @inline(__always)
    private static func eased(_ part: Float) -> Float { part * part * (3 - 2 * part) }
}
