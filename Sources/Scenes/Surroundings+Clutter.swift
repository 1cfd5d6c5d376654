extension Surroundings {
    /// Small things that stand about, round ones among them: what a network must learn is no head.
    mutating func clutter(x: Float, z: Float, _ random: inout RandomSource) {
        switch random.within(0..<9) {
        case 0: bollards(x: x, z: z, &random)
        case 1: bin(x: x, z: z, &random)
        case 2: planter(x: x, z: z, &random)
        case 3: bench(x: x, z: z, &random)
        case 4, 5: car(x: x, z: z, &random)
        case 6: cones(x: x, z: z, &random)
        case 7: balloons(x: x, z: z, &random)
        default: barriers(x: x, z: z, &random)
        }
    }

    private func foot(_ x: Float, _ z: Float) -> Vector { Vector(x, ground.height(z: z), z) }

    /// Stone balls in a row.
    private mutating func bollards(x: Float, z: Float, _ random: inout RandomSource) {
        let stone = Surface(.plain, Vector(random.within(0.08...0.4)))
        let radius = random.within(0.2...0.32)
        let spacing = random.within(1.3...2.4)
        for number in 0..<random.within(2..<8) {
            let place = foot(x + Float(number) * spacing, z) + Vector(0, radius * 0.9, 0)
            add(.ellipsoid(at: place, level, radii: Vector(radius), stone, .place))
            add(Shadow(x: place.x, z: z, radius: radius * 1.7, strength: 0.6))
            take(x: place.x, z: z, radius: radius + 0.2)
        }
    }

    private mutating func bin(x: Float, z: Float, _ random: inout RandomSource) {
        let tones = [Vector(0.02, 0.06, 0.03), Vector(0.05), Vector(0.25), Vector(0.02, 0.03, 0.1)]
        let metal = Surface(.plain, random.one(of: tones))
        let place = foot(x, z)
        add(
            .cone(
                from: place, 0.26, to: place + Vector(0, 0.75, 0), 0.3, front: level.front, metal, .place))
        add(Shadow(x: x, z: z, radius: 0.6, strength: 0.6))
        take(x: x, z: z, radius: 0.5)
    }

    /// A tub with a bush.
    private mutating func planter(x: Float, z: Float, _ random: inout RandomSource) {
        let place = foot(x, z)
        let half = random.within(0.35...0.9)
        add(
            .box(
                at: place + Vector(0, 0.25, 0), level, radii: Vector(half, 0.25, half * 0.7),
                Surface(.plain, Vector(random.within(0.1...0.35)))))
        var leaves = Surface(.leaves, Vector(0.02, 0.06, 0.015))
        leaves.second = random.one(of: [Vector(0.1, 0.2, 0.04), Vector(0.4, 0.06, 0.1), Vector(0.45, 0.35, 0.05)])
        for _ in 0..<5 {
            leaves.seed = UInt32(truncatingIfNeeded: random.next())
            let size = half * random.within(0.35...0.6)
            let spot =
                place + Vector(random.within(-0.6...0.6) * half, 0.5 + size * 0.6, random.within(-0.4...0.4) * half)
            add(.ellipsoid(at: spot, level, radii: Vector(size), leaves, .place))
        }
        add(Shadow(x: x, z: z, radius: half * 1.8, strength: 0.6))
        take(x: x, z: z, radius: half * 1.3)
    }

    private mutating func bench(x: Float, z: Float, _ random: inout RandomSource) {
        let frame = Frame(heading: random.within(-3.14...3.14))
        let wood = Surface(.plain, Vector(0.2, 0.11, 0.05) * random.within(0.6...1.4))
        let place = foot(x, z)
        add(.box(at: place + Vector(0, 0.44, 0), frame, radii: Vector(0.8, 0.03, 0.22), wood))
        add(.box(at: frame.place(place, 0, 0.68, -0.22), frame, radii: Vector(0.8, 0.16, 0.025), wood))
        for side in [Float(-0.7), 0.7] {
            add(.box(at: frame.place(place, side, 0.22, 0), frame, radii: Vector(0.04, 0.22, 0.2), wood))
        }
        add(Shadow(x: x, z: z, radius: 1, strength: 0.5))
        take(x: x, z: z, radius: 0.9)
    }

    private mutating func car(x: Float, z: Float, _ random: inout RandomSource) {
        let frame = Frame(heading: random.chance(0.5) ? random.normal() * 0.1 : 1.57 + random.normal() * 0.1)
        let tones = [
            Vector(0.55), Vector(0.02), Vector(0.2), Vector(0.35, 0.02, 0.02), Vector(0.02, 0.05, 0.2),
            Vector(0.5, 0.4, 0.05),
        ]
        let paint = Surface(.plain, random.one(of: tones))
        let glass = Surface(.plain, Vector(0.03, 0.04, 0.05))
        let rubber = Surface(.plain, Vector(0.015))
        let place = foot(x, z)
        let tall = random.chance(0.3)
        let cabin: Float = tall ? 0.62 : 0.32
        add(.box(at: frame.place(place, 0, 0.62, 0), frame, radii: Vector(0.88, 0.32, 2.1), paint))
        for (front, back) in [(Float(1.2), Float(-1.85))] {
            let middle = (front + back) / 2
            add(
                .box(
                    at: frame.place(place, 0, 0.94 + cabin, middle), frame,
                    radii: Vector(0.76, cabin, (front - back) / 2), glass))
            add(
                .box(
                    at: frame.place(place, 0, 0.94 + 2 * cabin, middle), frame,
                    radii: Vector(0.74, 0.05, (front - back) / 2 * 0.9), paint))
        }
        for (side, along) in [(-1, 1), (1, 1), (-1, -1), (1, -1)] as [(Float, Float)] {
            add(
                .ellipsoid(
                    at: frame.place(place, side * 0.82, 0.32, along * 1.3), frame, radii: Vector(0.12, 0.32, 0.32),
                    rubber, .place))
        }
        add(Shadow(x: x, z: z, radius: 2.2, strength: 0.75))
        take(x: x, z: z, radius: 2.35)
    }

    /// Traffic cones.
    private mutating func cones(x: Float, z: Float, _ random: inout RandomSource) {
        var plastic = Surface(.bands, Vector(0.6, 0.12, 0.02))
        plastic.second = Vector(0.65)
        plastic.scale = 0.4
        for number in 0..<random.within(1..<6) {
            let place = foot(x + Float(number) * 1.4, z + random.normal() * 0.3)
            add(
                .cone(
                    from: place, 0.17, to: place + Vector(0, 0.68, 0), 0.03, front: level.front, plastic, .place))
        }
    }

    /// Balloons on a string: round, coloured, and above the heads.
    private mutating func balloons(x: Float, z: Float, _ random: inout RandomSource) {
        let place = foot(x, z)
        let tones = [
            Vector(0.5, 0.03, 0.03), Vector(0.05, 0.1, 0.5), Vector(0.6, 0.45, 0.05), Vector(0.6),
            Vector(0.5, 0.1, 0.3),
        ]
        for _ in 0..<random.within(3..<10) {
            let spot = place + Vector(random.normal() * 0.3, 2.5 + random.normal() * 0.3, random.normal() * 0.3)
            add(
                .ellipsoid(
                    at: spot, level, radii: Vector(0.14, 0.17, 0.14), Surface(.plain, random.one(of: tones)), .place))
            add(
                .cone(
                    from: spot, 0.004, to: place + Vector(0, 1.1, 0), 0.004, front: level.front,
                    Surface(.plain, Vector(0.3)), .place))
        }
    }

    /// A row of crowd barriers.
    private mutating func barriers(x: Float, z: Float, _ random: inout RandomSource) {
        let frame = Frame(heading: random.normal() * 0.5)
        let metal = Surface(.plain, Vector(random.within(0.25...0.5)))
        for number in 0..<random.within(2..<6) {
            let left = frame.place(foot(x, z), Float(number) * 2.2, 0, 0)
            func bar(_ x0: Float, _ y0: Float, _ x1: Float, _ y1: Float) {
                add(
                    .cone(
                        from: frame.place(left, x0, y0, 0), 0.02, to: frame.place(left, x1, y1, 0), 0.02,
                        front: frame.front, metal, .place))
            }
            bar(0, 1.05, 2.1, 1.05)
            bar(0, 0.2, 2.1, 0.2)
            for post in 0...9 { bar(Float(post) * 0.233, 0, Float(post) * 0.233, 1.05) }
        }
    }
}
