import Glibc

/// What people stand on: flat, or rising in rows behind `rise`.
struct Ground: Sendable {
    enum Paving: Sendable { case slabs, bricks, asphalt, concrete, grass, sand, planks, rows }

    var paving: Paving
    var colour: Vector
    /// Colour of bands and markings.
    var second: Vector
    /// Metres of a slab along x and z.
    var slab: (x: Float, z: Float)
    var seed: UInt32
    /// Distance in metres where the rows of a stand begin, metres they rise per metre, and where they end.
    var rise: (start: Float, slope: Float, end: Float)?
    /// Metres between bands of the second colour; 0 for none.
    var bandSpacing: Float = 0

    /// Height of the ground in metres.
    func height(z: Float) -> Float {
        guard let rise, z > rise.start else { return 0 }
        return (min(z, rise.end) - rise.start) * rise.slope
    }

    /// Depth at which a ray from the camera meets the ground, in metres; `nil` for the sky.
    @inline(__always)
    func depth(of ray: Vector, from camera: Vector) -> Float? {
        if ray.y < 0 {
            let flat = -camera.y / ray.y
            guard let rise, camera.z + ray.z * flat > rise.start else { return flat }
        }
        guard let rise else { return nil }
        let fall = rise.slope * ray.z - ray.y
        guard fall > 1e-5 else { return nil }
        let depth = (camera.y - rise.slope * (camera.z - rise.start)) / fall
        let z = camera.z + ray.z * depth
        return depth > 0 && z >= rise.start && z < rise.end ? depth : nil
    }

    /// Linear colour at a place.
    /// - Parameter footprint: metres a pixel spans there, away from the camera.
    func colour(x: Float, z: Float, footprint: Float) -> Vector {
        let stain = Noise.cloud(x * 0.21, z * 0.21, seed: seed)
        let grit = 1 - Curves.clamped(footprint * 9)
        var fine: Float = 0
        if grit > 0 {
            let grains = 1 - Curves.clamped(footprint * 26)
            fine = (Noise.plane(x * 19 + z * 5, z * 19 - x * 5, seed: seed &+ 5) - 0.5) * grit * 0.6
            fine += (Noise.plane(x * 57, z * 57, seed: seed &+ 6) - 0.5) * grains * 0.8
        }
        let base = colour * (0.78 + 0.44 * stain)
        switch paving {
        case .slabs, .bricks, .planks:
            return tiled(base, x, z, footprint) * (1 + 0.16 * fine)
        case .asphalt:
            var road = base * (1 + 0.5 * fine)
            if bandSpacing > 0 {
                let part = x / bandSpacing
                let dash = z / 4
                let soft = max(0.02, footprint * 0.3 / bandSpacing)
                let line = Curves.smooth(0.03 + soft, 0.03, abs(part - part.rounded()))
                if dash - dash.rounded(.down) < 0.6 { road = road.mixed(with: second, line * 0.8) }
            }
            return road
        case .concrete: return base * (1 + 0.2 * fine)
        case .grass:
            let blade = grit > 0 ? (Noise.plane(x * 60, z * 45, seed: seed &+ 7) - 0.5) * grit : 0
            return base.mixed(with: second, Curves.smooth(0.5, 0.75, stain)) * (1 + 0.9 * blade + 0.5 * fine)
        case .sand: return base * (1 + 0.4 * fine)
        case .rows:
            if let rise, z < rise.start { return base * (1 + 0.2 * fine) }
            let part = z / slab.z
            let tread = part - part.rounded(.down)
            let seat = x / slab.x
            let gap = abs(seat - seat.rounded()) < 0.12 ? Float(0.45) : 1
            if footprint > slab.z { return base.mixed(with: second, 0.5) * 0.7 }
            return tread < 0.45 ? second * (0.8 * gap) : base * (0.35 + 0.5 * tread)
        }
    }

    private func tiled(_ base: Vector, _ x: Float, _ z: Float, _ footprint: Float) -> Vector {
        let row = z / slab.z
        let shift: Float = paving == .slabs ? 0 : 0.5 * (row.rounded(.down) - 2 * (row * 0.5).rounded(.down))
        let column = x / slab.x + shift
        let (u, v) = (column - column.rounded(.down), row - row.rounded(.down))
        let shown = 1 - Curves.clamped(footprint / slab.z * 2.2)
        let own = Noise.lattice(Int32(column.rounded(.down)), Int32(row.rounded(.down)), 3, seed: seed)
        var tone = base * (1 + (own - 0.5) * 0.34 * shown)
        if bandSpacing > 0 {
            let band = (x / bandSpacing).rounded(.down)
            if band - 3 * (band / 3).rounded(.down) == 0 { tone = second * (0.8 + 0.4 * own * shown) }
        }
        let joint: Float = 0.012
        let edge = min(min(u, 1 - u) * slab.x, min(v, 1 - v) * slab.z)
        return tone * (1 - 0.55 * shown * Curves.smooth(joint + footprint * 0.7, joint * 0.5, edge))
    }
}
