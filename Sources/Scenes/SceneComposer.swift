import Density

/// Thinks out scenes: the dice that say what a picture shows.
struct SceneComposer {
    private static let limit = 1550
    private let index: Int
    var random: RandomSource

    init(seed: UInt64, index: Int) {
        self.index = index
        random = RandomSource(seed: seed, index: index)
    }

    /// The scene; `reduction` divides both sides of its picture.
    mutating func scene(reduction: Int = 1) -> Scene {
        let full = pictureSize()
        let size = PixelSize(width: max(1, full.width / reduction), height: max(1, full.height / reduction))
        let format: Scene.Format =
            random.chance(0.18) && full.area < 1_000_000 ? .png : .jpeg(quality: random.within(50..<96))
        let shrink = Float(full.height) / Float(size.height)
        let mood: Lighting.Mood = random.weighted([
            (34, .sunny), (26, .overcast), (8, .backlit), (7, .dusk), (7, .night), (12, .hall), (6, .stage),
        ])
        var lighting = Lighting(mood, &random)
        let arrangement = arrangement(mood)
        var ground = paving(mood, arrangement)
        let view = viewpoint(arrangement, size, shrink, &ground)
        let crowd = Crowd(view: view, ground: ground, limit: Self.limit)
        let density = density(arrangement, area: crowd.area)
        let packed = arrangement == .stand ? 1 : density
        lighting.crowding = Curves.smooth(0.15, 2.5, packed) * 0.72
        let around = surroundings(mood, arrangement, view, ground, lighting)
        let spots = crowd.spots(arrangement, density: density, &random)
            .filter { around.isFree(x: $0.x, z: $0.z) }
        let people = people(at: spots, view, ground, mood, seated: arrangement == .stand, closest: 130 / shrink)
        return Scene(
            index: index, size: size, format: format, camera: view.camera, lighting: lighting, ground: ground,
            sky: Sky(lighting, &random), people: people, furniture: around.solids, furnitureShadows: around.shadows,
            film: film(mood), extent: view.near...max(view.near, view.far))
    }

    /// People for the places; heads of more than `closest` pixels would be no crowd.
    private mutating func people(
        at spots: [Crowd.Spot], _ view: Viewpoint, _ ground: Ground, _ mood: Lighting.Mood, seated: Bool,
        closest: Float
    ) -> [Person] {
        let wardrobe = Wardrobe(&random)
        var people: [Person] = []
        for spot in spots {
            let place = Vector(spot.x, ground.height(z: spot.z), spot.z)
            guard view.headPixels(at: place) < closest else { continue }
            var person = wardrobe.person(at: place, heading: spot.heading, &random)
            if spot.walking {
                person.stride = random.within(-1...1)
                if person.arms == .hanging { person.arms = .swinging }
            }
            if seated && random.chance(0.6) { person.seated = true }
            if mood == .stage && random.chance(0.12) { person.arms = .raised }
            people.append(person)
        }
        return people
    }

    private mutating func pictureSize() -> PixelSize {
        let sides = random.weighted([
            (20, (640, 480)), (18, (800, 600)), (8, (960, 540)), (26, (1024, 768)), (8, (1024, 683)), (6, (1280, 720)),
            (5, (1280, 960)), (2.5, (1600, 1200)), (1.5, (2048, 1536)),
        ])
        return random.chance(0.14)
            ? PixelSize(width: sides.1, height: sides.0) : PixelSize(width: sides.0, height: sides.1)
    }

    private mutating func arrangement(_ mood: Lighting.Mood) -> Crowd.Arrangement {
        switch mood {
        case .stage: random.weighted([(5, .none), (80, .audience), (15, .even)])
        case .hall:
            random.weighted([(8, .none), (16, .walkers), (20, .groups), (18, .queues), (18, .even), (20, .audience)])
        case .sunny, .overcast, .backlit, .dusk, .night:
            random.weighted([
                (7, .none), (16, .walkers), (19, .groups), (7, .queues), (19, .even), (14, .audience), (8, .march),
                (10, .stand),
            ])
        }
    }

    private mutating func density(_ arrangement: Crowd.Arrangement, area: Float) -> Float {
        let wanted: Float =
            switch arrangement {
            case .none, .queues: 0
            case .walkers: random.within(0.01...0.16)
            case .groups: random.within(0.04...0.5)
            case .even: random.chance(0.5) ? random.within(0.25...1) : random.within(0.8...3)
            case .audience: random.within(1...4.2)
            case .march: random.within(0.8...2.2)
            case .stand: random.within(0.35...1)
            }
        return arrangement == .stand ? wanted : min(wanted, Float(Self.limit) * 1.3 / max(1, area))
    }

    private mutating func film(_ mood: Lighting.Mood) -> FilmLook {
        let tint: FilmLook.Tint = random.weighted([(86, .colour), (10, .gray), (4, .sepia)])
        // Most pictures are clean; what is old, dark or badly taken is there, but does not rule.
        let old = tint != .colour || random.chance(0.06)
        let dark = mood == .night || mood == .stage
        var key = dark ? random.within(0.07...0.15) : random.within(0.17...0.27)
        if !dark && random.chance(0.05) { key = random.within(0.34...0.46) }
        if !dark && random.chance(0.05) { key = random.within(0.08...0.12) }
        return FilmLook(
            key: key, contrast: random.within(0.2...0.85), saturation: random.within(0.7...1.25),
            balance: Vector(1 + random.normal() * 0.05, 1, 1 + random.normal() * 0.07), tint: tint,
            fade: old ? random.within(0.05...0.4) : (random.chance(0.06) ? random.within(0.05...0.25) : 0),
            blur: random.chance(0.1) ? random.within(0.7...1.4) : random.within(0.2...0.5),
            sharpening: old ? random.within(0.1...0.5) : random.within(0.3...1.1),
            vignette: random.chance(0.5) ? 0 : random.within(0.1...0.6),
            grain: old || dark ? random.within(0.015...0.05) : random.within(0.002...0.018),
            grainSize: old ? random.within(0.8...1.8) : 1, seed: UInt32(truncatingIfNeeded: random.next()))
    }
}
