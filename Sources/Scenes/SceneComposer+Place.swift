import Density

extension SceneComposer {
    /// Where the camera stands; before a stand also how that rises.
    mutating func viewpoint(
        _ arrangement: Crowd.Arrangement, _ size: PixelSize, _ reduction: Float, _ ground: inout Ground
    ) -> Viewpoint {
        let field = random.within(0.42...0.95)
        let roll = random.normal() * 0.018
        let scale = (Float(size.height) * reduction / 768).squareRoot()
        if arrangement == .stand {
            let head = random.within(7...26) * scale / reduction
            let half = Curves.sineAndCosine(field / 2)
            let focal = Float(size.height) / 2 * half.cosine / half.sine
            let middle = focal * Viewpoint.headHeight / head
            let reach = middle * half.sine
            let slope = random.within(0.35...0.65)
            let start = max(1, middle - reach * random.within(0.7...1.6))
            ground.rise = (start, slope, middle + reach * random.within(0.9...3.5))
            ground.paving = .rows
            ground.slab = (0.55, random.within(0.75...0.95))
            let eye = max(1.6, ground.height(z: middle) * random.within(0.2...1.3) + 1)
            return Viewpoint(size: size, head: head, field: field, ground: ground, middle: middle, eye: eye, roll: roll)
        }
        let sizes: ClosedRange<Float> = random.weighted([(30, 14...24), (40, 24...44), (30, 44...85)])
        let near = random.within(sizes)
        let far = max(4.2, near / random.within(1.7...6.5))
        return Viewpoint(
            size: size, nearHead: near * scale / reduction, farHead: far * scale / reduction,
            farRow: random.chance(0.35) ? random.within(-0.05...0.06) : random.within(0.06...0.45), field: field,
            roll: roll)
    }

    /// The ground of a scene.
    mutating func paving(_ mood: Lighting.Mood, _ arrangement: Crowd.Arrangement) -> Ground {
        let indoors = mood == .hall
        let paving: Ground.Paving =
            indoors
            ? random.weighted([(40, .slabs), (30, .planks), (30, .concrete)])
            : random.weighted([(38, .slabs), (14, .bricks), (20, .asphalt), (12, .concrete), (12, .grass), (4, .sand)])
        let tone = random.within(0.7...1.3)
        var ground = Ground(
            paving: paving, colour: Vector(0.25) * tone, second: Vector(0.2), slab: (0.6, 0.6),
            seed: UInt32(truncatingIfNeeded: random.next()), rise: nil)
        switch paving {
        case .slabs:
            let size = random.within(0.4...1.3)
            ground.slab = (size * random.within(0.8...1.6), size)
            ground.colour =
                random.one(of: [Vector(0.27, 0.26, 0.25), Vector(0.34, 0.31, 0.27), Vector(0.2, 0.21, 0.22)]) * tone
            ground.second = random.one(of: [Vector(0.2, 0.09, 0.075), Vector(0.1), Vector(0.4, 0.37, 0.33)])
            ground.bandSpacing = random.chance(0.4) ? random.within(1.5...6) : 0
        case .bricks:
            ground.slab = (random.within(0.2...0.3), random.within(0.1...0.16))
            ground.colour = random.one(of: [Vector(0.25, 0.11, 0.08), Vector(0.24, 0.22, 0.2)]) * tone
        case .planks:
            ground.slab = (random.within(1.5...3), random.within(0.12...0.3))
            ground.colour = Vector(0.28, 0.17, 0.09) * tone
        case .asphalt:
            ground.colour = Vector(0.085, 0.087, 0.09) * tone
            ground.second = Vector(0.6)
            ground.bandSpacing = random.chance(0.6) ? random.within(3...4) : 0
        case .concrete, .rows: ground.colour = Vector(0.33, 0.32, 0.3) * tone
        case .grass:
            ground.colour = Vector(0.075, 0.13, 0.035) * tone
            ground.second = Vector(0.18, 0.17, 0.07)
        case .sand: ground.colour = Vector(0.42, 0.34, 0.22) * tone
        }
        if arrangement == .stand {
            ground.colour = Vector(0.28, 0.27, 0.26) * tone
            ground.second = random.one(of: [
                Vector(0.4, 0.04, 0.04), Vector(0.04, 0.1, 0.35), Vector(0.3), Vector(0.45, 0.35, 0.06),
            ])
        }
        return ground
    }

    /// What stands around the people and among them.
    mutating func surroundings(
        _ mood: Lighting.Mood, _ arrangement: Crowd.Arrangement, _ view: Viewpoint, _ ground: Ground,
        _ lighting: Lighting
    ) -> Surroundings {
        var around = Surroundings(view: view, ground: ground, lighting: lighting)
        let edge = view.far + random.within(1...4)
        if arrangement == .stand {
            if random.chance(0.5), let rise = ground.rise { around.hoarding(at: rise.start, height: 1, &random) }
            if random.chance(0.4) { around.houses(at: edge + 20, &random) }
            return around
        }
        switch mood {
        case .hall:
            around.hall(to: edge, &random)
            return around
        case .stage:
            around.stage(at: edge, &random)
            return around
        case .sunny, .overcast, .backlit, .dusk, .night:
            break
        }
        let kind = random.within(0..<10)
        if kind < 5 { around.houses(at: edge + random.within(0...25), &random) }
        if kind == 5 || kind == 6 {
            around.street(
                halfWidth: view.halfWidth(at: (view.near + view.far) / 2, ground: ground) * 0.8 + 2,
                from: view.near - 8, to: view.far + 60, &random)
        }
        if kind == 7 { around.stage(at: edge, &random) }
        if random.chance(0.25) { around.hoarding(at: edge, height: random.within(1...2.6), &random) }
        // Where no house closes the view, a wood mostly does.
        let open = kind > 7
        if random.chance(open ? 0.8 : 0.5) {
            for _ in 0..<(open ? random.within(14..<40) : random.within(3..<12)) {
                let z = edge + random.within(0...(open ? 30 : 12))
                around.tree(x: random.within(-1.1...1.1) * view.halfWidth(at: z, ground: ground), z: z, &random)
            }
        }
        let middle = Curves.mix(view.near, view.far, 0.35)
        for _ in 0..<random.within(0..<5) {
            let (x, z) = spot(view, ground, from: middle, to: edge + 3)
            switch random.within(0..<6) {
            case 0, 1: around.tree(x: x, z: z, &random)
            case 2: around.tent(x: x, z: z, &random)
            default: around.pole(x: x, z: z, &random)
            }
        }
        for _ in 0..<(random.chance(0.6) ? random.within(0..<7) : 0) {
            let (x, z) = spot(view, ground, from: view.near * 1.15, to: edge + 3)
            around.clutter(x: x, z: z, &random)
        }
        return around
    }

    /// A place in the picture at one of these distances.
    private mutating func spot(_ view: Viewpoint, _ ground: Ground, from near: Float, to far: Float) -> (Float, Float) {
        let z = random.within(near...max(near, far))
        return (random.within(-1...1) * view.halfWidth(at: z, ground: ground), z)
    }
}
