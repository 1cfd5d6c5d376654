/// What stands around the people: houses, walls, trees, lamps, a stage, a hall.
struct Surroundings {
    private(set) var solids: [Solid] = []
    private(set) var shadows: [Shadow] = []
    /// Discs on the ground where nobody can stand.
    private var taken: [(x: Float, z: Float, radius: Float)] = []
    private let view: Viewpoint
    let ground: Ground
    private let lighting: Lighting
    let level = Frame(heading: 0)

    init(view: Viewpoint, ground: Ground, lighting: Lighting) {
        self.view = view
        self.ground = ground
        self.lighting = lighting
    }

    mutating func add(_ solid: Solid) { solids.append(solid) }

    mutating func add(_ shadow: Shadow) { shadows.append(shadow) }

    /// Keeps people off the ground around a place.
    mutating func take(x: Float, z: Float, radius: Float) { taken.append((x, z, radius)) }

    /// True where a person can stand.
    func isFree(x: Float, z: Float) -> Bool {
        taken.allSatisfy { ($0.x - x) * ($0.x - x) + ($0.z - z) * ($0.z - z) > $0.radius * $0.radius }
    }

    /// A row of house fronts at `distance`, across the whole picture.
    mutating func houses(at distance: Float, _ random: inout RandomSource) {
        let half = view.halfWidth(at: distance, ground: ground) * 1.3 + 10
        let grand = random.within(0.7...2.2)
        var x = -half
        while x < half {
            let width = random.within(7...24)
            let height = random.within(7...20) * grand
            let back = distance + random.within(0...3)
            add(
                .box(
                    at: Vector(x + width / 2, height / 2, back + 8), level, radii: Vector(width / 2, height / 2, 8),
                    facade(&random)))
            if random.chance(0.6) {
                var sign = Surface(
                    .sign,
                    random.one(of: [
                        Vector(0.5, 0.04, 0.04), Vector(0.05, 0.1, 0.3), Vector(0.6), Vector(0.5, 0.4, 0.05),
                    ]))
                sign.second = random.chance(0.7) ? Vector(0.75) : Vector(0.03)
                sign.seed = UInt32(truncatingIfNeeded: random.next())
                add(
                    .box(
                        at: Vector(x + width * 0.5, random.within(3.2...4.6), back - 0.15), level,
                        radii: Vector(width * random.within(0.15...0.4), random.within(0.3...0.8), 0.2), sign))
            }
            x += width + (random.chance(0.2) ? random.within(1...6) : 0)
        }
    }

    /// House fronts along both sides of a street.
    mutating func street(halfWidth: Float, from start: Float, to end: Float, _ random: inout RandomSource) {
        for side in [Float(-1), 1] {
            var z = start
            while z < end {
                let depth = random.within(8...20)
                let height = random.within(8...24)
                let front = halfWidth + random.within(0...1.2)
                add(
                    .box(
                        at: Vector(side * (front + 6), height / 2, z + depth / 2), level,
                        radii: Vector(6, height / 2, depth / 2), facade(&random)))
                if random.chance(0.7) {
                    // An awning over the pavement.
                    var cloth = Surface(
                        .stripes, random.one(of: [Vector(0.4, 0.05, 0.05), Vector(0.05, 0.2, 0.1), Vector(0.5)]))
                    cloth.second = Vector(0.6)
                    cloth.scale = 0.5
                    add(
                        .box(
                            at: Vector(side * (front - 0.6), 3.1, z + depth / 2),
                            level.turned(nod: 0, tilt: -side * 0.35),
                            radii: Vector(0.8, 0.03, depth * 0.35), cloth))
                }
                z += depth
            }
        }
    }

    /// A tree at a place on the ground.
    mutating func tree(x: Float, z: Float, _ random: inout RandomSource) {
        let height = random.within(4.5...10)
        let base = ground.height(z: z)
        let foot = Vector(x, base, z)
        var bark = Surface(.cloth, Vector(0.09, 0.07, 0.05))
        bark.seed = UInt32(truncatingIfNeeded: random.next())
        let crownBase = height * random.within(0.3...0.42)
        add(
            .cone(
                from: foot, 0.2, to: foot + Vector(random.normal() * 0.3, height * 0.7, 0), 0.07, front: level.front,
                bark, .place))
        var leaves = Surface(.leaves, Vector(0.018, 0.045, 0.012) * random.within(0.7...1.6))
        leaves.second = Vector(0.09, 0.16, 0.035) * random.within(0.7...1.5)
        let spread = height * random.within(0.2...0.34)
        for number in 0..<random.within(14..<26) {
            leaves.seed = UInt32(truncatingIfNeeded: random.next())
            let up = random.unit()
            // Widest below the middle, and never far from the stem.
            let wide = spread * (1 - 0.7 * up) * (number < 5 ? 0.3 : 0.85)
            let size = spread * (number < 5 ? random.within(0.55...0.75) : random.within(0.28...0.5))
            let (aside, ahead) = Curves.sineAndCosine(random.within(0...6.283))
            let place = Vector(
                x + aside * wide, base + crownBase + up * (height - crownBase) * 0.9, z + ahead * wide)
            add(.ellipsoid(at: place, level, radii: Vector(size, size * 0.8, size), leaves, .place))
        }
        add(Shadow(x: x, z: z, radius: spread * 1.5, strength: 0.5))
        take(x: x, z: z, radius: 0.5)
    }

    /// A lamp post, or a flagpole.
    mutating func pole(x: Float, z: Float, _ random: inout RandomSource) {
        let height = random.within(4...9)
        let foot = Vector(x, ground.height(z: z), z)
        let metal = Surface(.plain, Vector(random.within(0.02...0.3)))
        let top = foot + Vector(0, height, 0)
        add(.cone(from: foot, 0.09, to: top, 0.05, front: level.front, metal, .place))
        let bright = lighting.mood == .night || lighting.mood == .dusk
        let lamp = bright ? Surface(.lamp, Vector(4, 3.2, 2)) : Surface(.plain, Vector(0.55))
        for side in [Float(-1), 1] {
            add(
                .ellipsoid(
                    at: top + Vector(side * 0.35, 0, 0), level, radii: Vector(0.24, 0.18, 0.24), lamp, .place))
        }
    }

    /// A white tent on poles.
    mutating func tent(x: Float, z: Float, _ random: inout RandomSource) {
        let half = random.within(1.5...3)
        let base = ground.height(z: z)
        var cloth = Surface(
            .plain, random.one(of: [Vector(0.7), Vector(0.7), Vector(0.1, 0.2, 0.5), Vector(0.5, 0.06, 0.05)]))
        cloth.seed = UInt32(truncatingIfNeeded: random.next())
        var roof = Solid.ellipsoid(
            at: Vector(x, base + 2.4, z), level, radii: Vector(half * 1.15, 1.3, half * 1.15), cloth, .place)
        roof.cut = (Vector(0, 1, 0), 0)
        add(roof)
        add(
            .box(at: Vector(x, base + 2.4, z), level, radii: Vector(half, 0.18, half), cloth))
        for (dx, dz) in [(-1, -1), (1, -1), (-1, 1), (1, 1)] as [(Float, Float)] {
            let foot = Vector(x + dx * half * 0.95, base, z + dz * half * 0.95)
            add(
                .cone(
                    from: foot, 0.04, to: foot + Vector(0, 2.4, 0), 0.04, front: level.front,
                    Surface(.plain, Vector(0.5)), .place))
        }
    }

    /// A stage with a roof, screens and lamps.
    mutating func stage(at distance: Float, _ random: inout RandomSource) {
        let half = random.within(6...14)
        let dark = Surface(.plain, Vector(0.03))
        add(
            .box(at: Vector(0, 0.7, distance + 4), level, radii: Vector(half, 0.7, 4), dark))
        add(.box(at: Vector(0, 7.5, distance + 4), level, radii: Vector(half + 1, 0.4, 4), dark))
        var back = Surface(.sign, lighting.sun * 0.15 + Vector(0.02))
        back.second = Vector(0.6, 0.3, 0.5)
        back.seed = UInt32(truncatingIfNeeded: random.next())
        add(.box(at: Vector(0, 4, distance + 7.5), level, radii: Vector(half, 3.2, 0.2), back))
        for side in [Float(-1), 1] {
            add(
                .box(at: Vector(side * (half + 0.8), 4, distance + 2), level, radii: Vector(0.7, 4, 0.7), dark))
        }
        let lamps = 12
        for number in 0..<lamps {
            let x = (Float(number) + 0.5) / Float(lamps) * 2 * half - half
            let tone = random.one(of: [Vector(6, 5, 4), Vector(5, 1, 3), Vector(1, 2, 6), Vector(6, 4, 1)])
            add(
                .ellipsoid(
                    at: Vector(x, 7, distance), level, radii: Vector(0.16, 0.16, 0.16), Surface(.lamp, tone), .place))
        }
    }

    /// Walls, ceiling, lamps and columns of a hall that ends at `distance`.
    mutating func hall(to distance: Float, _ random: inout RandomSource) {
        let half = view.halfWidth(at: distance, ground: ground) * random.within(0.75...1.2) + 3
        let height = max(view.camera.position.y + 1.5, random.within(5...11))
        let plaster = Vector(0.55, 0.52, 0.47) * random.within(0.5...1.1)
        var wall = Surface(.facade, plaster)
        wall.second = random.chance(0.5) ? plaster * 0.6 : Vector(0.06, 0.07, 0.08)
        wall.scale = random.within(2.5...6)
        wall.seed = UInt32(truncatingIfNeeded: random.next())
        add(.box(at: Vector(0, height / 2, distance + 1), level, radii: Vector(half, height / 2, 1), wall))
        for side in [Float(-1), 1] {
            add(
                .box(
                    at: Vector(side * (half + 1), height / 2, distance / 2 - 5), level,
                    radii: Vector(1, height / 2, distance / 2 + 8), wall))
        }
        var ceiling = Surface(.plain, plaster * 0.8)
        ceiling.seed = wall.seed
        add(
            .box(
                at: Vector(0, height + 0.5, distance / 2 - 5), level, radii: Vector(half, 0.5, distance / 2 + 8),
                ceiling))
        var z = random.within(3...6)
        while z < distance {
            for x in [-0.6, -0.2, 0.2, 0.6] as [Float] {
                add(
                    .box(
                        at: Vector(x * half, height - 0.03, z), level, radii: Vector(0.9, 0.05, 0.25),
                        Surface(.lamp, Vector(2.4, 2.3, 2.0))))
            }
            z += 4.5
        }
    }

    /// A low wall or a fence across the picture, with writing.
    mutating func hoarding(at distance: Float, height: Float, _ random: inout RandomSource) {
        let half = view.halfWidth(at: distance, ground: ground) * 1.2 + 4
        var x = -half
        while x < half {
            let width = random.within(3...8)
            var sign = Surface(
                .sign, random.one(of: [Vector(0.6), Vector(0.5, 0.03, 0.03), Vector(0.03, 0.08, 0.3), Vector(0.05)]))
            sign.second = sign.colour.luminance > 0.3 ? Vector(0.05, 0.05, 0.2) : Vector(0.7)
            sign.seed = UInt32(truncatingIfNeeded: random.next())
            add(
                .box(
                    at: Vector(x + width / 2, ground.height(z: distance) + height / 2, distance), level,
                    radii: Vector(width / 2, height / 2, 0.06), sign))
            x += width
        }
    }

    private func facade(_ random: inout RandomSource) -> Surface {
        let stone = random.one(of: [
            Vector(0.42, 0.37, 0.3), Vector(0.3, 0.13, 0.09), Vector(0.5, 0.5, 0.48), Vector(0.2, 0.21, 0.23),
            Vector(0.55, 0.45, 0.3), Vector(0.12, 0.16, 0.2),
        ])
        var facade = Surface(.facade, stone * random.within(0.6...1.2))
        facade.second = Vector(0.05, 0.07, 0.1) * random.within(0.5...2.5)
        let dark = lighting.mood == .night || lighting.mood == .dusk || lighting.mood == .stage
        facade.third = Vector(1.1, 0.8, 0.4)
        facade.amount = dark ? random.within(0.1...0.5) : 0
        if lighting.mood == .night { facade.colour = facade.colour * 0.5 }
        facade.scale = random.within(1.6...3.4)
        facade.seed = UInt32(truncatingIfNeeded: random.next())
        return facade
    }
}
