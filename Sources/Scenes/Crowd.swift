import Glibc

/// Where people stand and which way they face.
struct Crowd: Sendable {
    /// How the people of a scene stand together.
    enum Arrangement: Sendable {
        case none, walkers, groups, queues, even, audience, march, stand
    }

    /// One place to stand.
    struct Spot: Sendable {
        var x: Float
        var z: Float
        var heading: Float
        var walking: Bool
    }

    private static let halfTurn: Float = 3.1415927
    private let view: Viewpoint
    private let ground: Ground
    private let near: Float
    /// Most people of a scene.
    private let limit: Int

    init(view: Viewpoint, ground: Ground, limit: Int) {
        self.view = view
        self.ground = ground
        self.limit = limit
        near = view.near
    }

    /// Places for an arrangement with `density` people per square metre.
    func spots(_ arrangement: Arrangement, density: Float, _ random: inout RandomSource) -> [Spot] {
        let spots: [Spot] =
            switch arrangement {
            case .none: []
            case .walkers: walkers(density, &random)
            case .groups: groups(density, &random)
            case .queues: queues(&random)
            case .even: field(density, facing: nil, &random)
            case .audience: field(density, facing: random.chance(0.62) ? 0 : Self.halfTurn, &random)
            case .march: march(density, &random)
            case .stand: stand(density, &random)
            }
        let kept = limit < spots.count ? Float(limit) / Float(spots.count) : 1
        return spots.filter { _ in kept >= 1 || random.chance(kept) }
    }

    /// Square metres of ground that the picture shows between near and far.
    var area: Float {
        let steps = 40
        return (0..<steps).reduce(0) { sum, step in
            let z = Curves.mix(near, view.far, (Float(step) + 0.5) / Float(steps))
            return sum + 2 * view.halfWidth(at: z, ground: ground) * (view.far - near) / Float(steps)
        }
    }

    /// Even over the ground that is seen.
    private func anywhere(_ random: inout RandomSource) -> (x: Float, z: Float) {
        let widest = view.halfWidth(at: view.far, ground: ground)
        for _ in 0..<200 {
            let z = random.within(near...max(near, view.far))
            let x = random.within(-widest...widest)
            if abs(x) < view.halfWidth(at: z, ground: ground) { return (x, z) }
        }
        return (0, view.far)
    }

    /// Loose people on their way, most of them in two directions.
    private func walkers(_ density: Float, _ random: inout RandomSource) -> [Spot] {
        let stream = random.within(-Self.halfTurn...Self.halfTurn)
        var spots: [Spot] = []
        for _ in 0..<min(limit, Int(density * area + 0.5)) {
            let (x, z) = anywhere(&random)
            if spots.contains(where: { ($0.x - x) * ($0.x - x) + ($0.z - z) * ($0.z - z) < 0.3 }) { continue }
            let along = stream + (random.chance(0.45) ? Self.halfTurn : 0) + random.normal() * 0.4
            spots.append(
                Spot(
                    x: x, z: z, heading: random.chance(0.8) ? along : random.within(-3.14...3.14),
                    walking: random.chance(0.8)))
        }
        return spots
    }

    /// Two to eight people together, walking side by side or turned to each other.
    private func groups(_ density: Float, _ random: inout RandomSource) -> [Spot] {
        var spots: [Spot] = []
        let wanted = min(limit, Int(density * area + 0.5))
        var tries = 0
        while spots.count < wanted && tries < wanted * 3 {
            tries += 1
            let centre = anywhere(&random)
            let heading = random.within(-3.14...3.14)
            let number = random.weighted([(20, 1), (35, 2), (20, 3), (12, 4), (6, 6), (4, 9)])
            let talking = number > 2 && random.chance(0.4)
            let away = Curves.sineAndCosine(heading)
            for member in 0..<number {
                let spot: Spot
                if talking {
                    let angle = heading + Float(member) / Float(number) * 6.283
                    let place = Curves.sineAndCosine(angle)
                    let radius = 0.35 + 0.11 * Float(number)
                    spot = Spot(
                        x: centre.x + place.sine * radius, z: centre.z + place.cosine * radius,
                        heading: angle + Self.halfTurn + random.normal() * 0.3, walking: false)
                } else {
                    let aside = (Float(member) - Float(number - 1) / 2) * random.within(0.5...0.75)
                    let ahead = random.normal() * 0.35
                    spot = Spot(
                        x: centre.x + aside * away.cosine + ahead * away.sine,
                        z: centre.z - aside * away.sine + ahead * away.cosine,
                        heading: heading + random.normal() * 0.2, walking: number < 5)
                }
                let taken = spots.contains {
                    ($0.x - spot.x) * ($0.x - spot.x) + ($0.z - spot.z) * ($0.z - spot.z) < 0.15
                }
                if !taken, spot.z > near { spots.append(spot) }
            }
        }
        return spots
    }

    /// Lines of waiting people that wind over the place, and a few who pass by.
    private func queues(_ random: inout RandomSource) -> [Spot] {
        var spots: [Spot] = []
        let middle = Curves.mix(near, view.far, random.within(0.3...0.6))
        let wide = view.halfWidth(at: middle, ground: ground)
        let heading = random.chance(0.6) ? random.normal() * 0.35 : 1.5708 + random.normal() * 0.2
        let away = Curves.sineAndCosine(heading)
        let lines = random.within(1..<6)
        let spacing = random.within(0.42...0.8)
        let apart = random.within(0.9...2.2)
        let length = Int((view.far - near + 2 * wide) / spacing)
        let bend = random.within(-0.02...0.02)
        let reversed = random.chance(0.35)
        let shift = random.within(-0.3...0.3) * wide
        for line in 0..<lines {
            let aside = (Float(line) - Float(lines - 1) / 2) * apart
            for member in 0..<min(length, 400) where random.chance(0.94) {
                let ahead = (Float(member) - Float(length) / 2) * spacing + random.normal() * 0.1
                let across = aside + bend * ahead * ahead * 0.3 + random.normal() * 0.09
                let x = shift + across * away.cosine + ahead * away.sine
                let z = middle - across * away.sine + ahead * away.cosine
                guard z > near, z < view.far, abs(x) < view.halfWidth(at: z, ground: ground) else { continue }
                spots.append(
                    Spot(
                        x: x, z: z, heading: heading + (reversed ? Self.halfTurn : 0) + random.normal() * 0.45,
                        walking: false))
            }
        }
        return spots + walkers(random.within(0...0.03), &random)
    }

    /// A crowd that covers the ground, thinner here and there.
    /// - Parameter facing: the way most look; `nil` for every way.
    private func field(_ density: Float, facing: Float?, _ random: inout RandomSource) -> [Spot] {
        let seed = UInt32(truncatingIfNeeded: random.next())
        let clumping = random.within(0...0.75)
        let patch = random.within(3...14)
        let step = 1 / density.squareRoot()
        let stream = random.within(-3.14...3.14)
        var spots: [Spot] = []
        var z = near
        var row = 0
        while z < view.far && spots.count < limit * 3 {
            let half = view.halfWidth(at: z, ground: ground)
            var x = -half + step * (row & 1 == 0 ? 0.25 : 0.75) - step * random.unit() * 0.2
            while x < half {
                let open = Noise.cloud(x / patch, z / patch, seed: seed)
                if random.unit() < 1 - clumping * Curves.smooth(0.35, 0.7, open) {
                    let heading: Float
                    if let facing {
                        heading = facing + random.normal() * (random.chance(0.15) ? 1.4 : 0.3)
                    } else {
                        heading = random.chance(0.5) ? stream + random.normal() * 0.6 : random.within(-3.14...3.14)
                    }
                    spots.append(
                        Spot(
                            x: x + random.normal() * step * 0.2, z: z + random.normal() * step * 0.2, heading: heading,
                            walking: facing == nil && density < 1.2 && random.chance(0.6)))
                }
                x += step * random.within(0.85...1.15)
            }
            z += step * 0.9
            row += 1
        }
        return spots
    }

    /// A dense procession along a street, with people who watch from both sides.
    private func march(_ density: Float, _ random: inout RandomSource) -> [Spot] {
        let centre = random.normal() * view.halfWidth(at: near, ground: ground) * 0.3
        let half = random.within(2.5...6)
        let slant = random.normal() * 0.12
        let towards = random.chance(0.6)
        return field(density, facing: towards ? Self.halfTurn : 0, &random).compactMap { spot in
            let off = abs(spot.x - centre - slant * (spot.z - near))
            var spot = spot
            if off < half {
                spot.walking = true
                return spot
            }
            if off < half + 1.6 { return nil }
            guard off < half + 5, random.chance(0.45) else { return random.chance(0.04) ? spot : nil }
            spot.heading = spot.x > centre ? -1.57 + random.normal() * 0.3 : 1.57 + random.normal() * 0.3
            return spot
        }
    }

    /// People in the rows of a stand, most of them turned to the camera, with some seats free.
    private func stand(_ filled: Float, _ random: inout RandomSource) -> [Spot] {
        guard let rise = ground.rise else { return [] }
        let seed = UInt32(truncatingIfNeeded: random.next())
        var spots: [Spot] = []
        var z = rise.start + ground.slab.z * 0.7
        while z < rise.end - 0.2 {
            let half = view.halfWidth(at: z, ground: ground)
            var x = (-half / ground.slab.x).rounded(.down) * ground.slab.x
            while x < half {
                x += ground.slab.x
                let empty = Noise.cloud(x / 6, z / 4, seed: seed)
                guard random.unit() < filled * Curves.smooth(0.75, 0.45, empty) + filled * 0.3 else { continue }
                spots.append(
                    Spot(
                        x: x + random.normal() * 0.06, z: z + random.normal() * 0.05,
                        heading: Self.halfTurn + random.normal() * 0.35, walking: false))
            }
            z += ground.slab.z
        }
        return spots
    }
}
