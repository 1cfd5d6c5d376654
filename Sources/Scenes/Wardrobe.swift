/// What the people of one scene look like: a season and a place make some looks more likely than others.
struct Wardrobe: Sendable {
    /// Part of the people in warm clothes.
    var winter: Float
    /// Part of the people with dark hair.
    var darkHair: Float
    /// Part of the people who wear `team`.
    var uniformity: Float
    var team: Vector
    /// How strong the colours of clothes are, about 1.
    var colourfulness: Float

    /// A season, a place and perhaps a team.
    init(_ random: inout RandomSource) {
        winter = random.chance(0.35) ? random.within(0.6...1) : random.within(0...0.3)
        darkHair = random.chance(0.6) ? random.within(0.85...1) : random.within(0.35...0.8)
        uniformity = random.chance(0.12) ? random.within(0.2...0.7) : 0
        team = random.one(of: Self.colours)
        colourfulness = random.within(0.5...1)
    }

    /// A person who stands at `place`.
    func person(at place: Vector, heading: Float, _ random: inout RandomSource) -> Person {
        let woman = random.chance(0.48)
        let child = random.chance(0.05)
        let warm = random.chance(winter)
        let stature = child ? random.within(1.05...1.45) : (woman ? 1.64 : 1.75) + random.normal() * 0.065
        var person = Person(
            place: place, stature: stature, build: (woman ? 0.93 : 1.03) * random.within(0.88...1.16),
            heading: heading, skin: skin(&random), hair: hairColour(&random),
            hairStyle: woman
                ? random.weighted([(40, .long), (22, .bob), (14, .tail), (11, .bun), (8, .short), (5, .curly)])
                : random.weighted([(58, .short), (20, .cropped), (8, .curly), (10, .bald), (4, .long)]),
            top: top(warm: warm, &random), bottom: Surface(.cloth, bottomColour(&random)),
            shoes: random.one(of: [Vector(0.02), Vector(0.05), Vector(0.6), Vector(0.12, 0.06, 0.03)]),
            legs: .trousers, sleeves: warm ? .long : random.weighted([(62, .short), (25, .long), (13, .none)]),
            seed: UInt32(truncatingIfNeeded: random.next()))
        if woman {
            person.legs = random.weighted([
                (58, .trousers), (warm ? 2 : 14, .shorts), (10, .skirt), (warm ? 3 : 14, .dress),
                (warm ? 18 : 0, .coat),
            ])
        } else {
            person.legs = random.weighted([(82, .trousers), (warm ? 1 : 22, .shorts), (warm ? 9 : 0, .coat)])
        }
        person.hat = random.weighted([
            (84 - 12 * winter, .none), (7, .cap), (1 + 12 * winter, .beanie), (3, .brim), (2.5, .scarf),
            (0.5 + 4 * winter, .hood),
        ])
        person.hatColour = random.chance(uniformity * 0.4) ? team : colour(&random)
        person.glasses = random.chance(0.2)
        person.mask = random.chance(0.02)
        person.turn = random.normal() * 0.35
        person.nod = random.within(-0.08...0.3) + (random.chance(0.12) ? 0.35 : 0)
        person.tilt = random.normal() * 0.07
        person.bow = random.within(-0.02...0.08)
        person.arms = random.weighted([
            (40, .hanging), (14, .swinging), (22, .holding), (8, .folded), (12, .pockets), (2, .raised), (2, .pointing),
        ])
        person.load = random.weighted([
            (66, .none), (13, .backpack), (12, .shoulderBag), (9, .handBag), (0.3, .umbrella), (0.3, .placard),
        ])
        person.loadColour = colour(&random)
        return person
    }

    /// A colour that clothes have, as linear light.
    func colour(_ random: inout RandomSource) -> Vector {
        let base = random.weighted(Self.commonness)
        let shade = random.within(0.7...1.25)
        let gray = Vector(base.luminance)
        let toned = gray.mixed(with: base, colourfulness) * shade
        return Vector(
            Curves.clamped(toned.x + random.normal() * 0.008), Curves.clamped(toned.y + random.normal() * 0.008),
            Curves.clamped(toned.z + random.normal() * 0.008))
    }

    private func top(warm: Bool, _ random: inout RandomSource) -> Surface {
        let own = random.chance(uniformity) ? team * random.within(0.6...1.15) : colour(&random)
        let pattern: Surface.Pattern = random.weighted([
            (66, .cloth), (5, .bands), (2, .stripes), (5, .checks), (6, .speckles), (warm ? 3 : 12, .print),
            (warm ? 30 : 8, .jacket),
        ])
        var surface = Surface(pattern, own)
        surface.second = random.chance(0.4) ? Vector(random.within(0.4...0.8)) : colour(&random)
        surface.third = colour(&random)
        surface.amount = random.chance(0.25) ? 1 : 0
        surface.scale = pattern == .checks ? random.within(0.03...0.09) : random.within(0.025...0.11)
        surface.seed = UInt32(truncatingIfNeeded: random.next())
        return surface
    }

    private func bottomColour(_ random: inout RandomSource) -> Vector {
        let jeans = Vector(0.03, 0.055, 0.12) * random.within(0.5...2.6)
        let choices: [(weight: Float, value: Vector)] = [
            (36, jeans), (34, Vector(random.within(0.012...0.04))), (8, Vector(random.within(0.1...0.3))),
            (10, Vector(0.32, 0.25, 0.16) * random.within(0.5...1.2)), (5, Vector(random.within(0.5...0.7))),
            (7, colour(&random)),
        ]
        return random.weighted(choices)
    }

    private func skin(_ random: inout RandomSource) -> Vector {
        let tones: [(weight: Float, value: Vector)] = [
            (36, Vector(0.56, 0.34, 0.235)), (30, Vector(0.48, 0.28, 0.175)), (16, Vector(0.34, 0.185, 0.11)),
            (10, Vector(0.19, 0.095, 0.055)), (8, Vector(0.075, 0.038, 0.024)),
        ]
        return random.weighted(tones) * random.within(0.82...1.15)
    }

    private func hairColour(_ random: inout RandomSource) -> Vector {
        if random.chance(darkHair) {
            return Vector(0.013, 0.0105, 0.0095) * random.within(0.5...1.9)
        }
        let others: [(weight: Float, value: Vector)] = [
            (44, Vector(0.055, 0.03, 0.017)), (22, Vector(0.28, 0.17, 0.08)), (10, Vector(0.12, 0.04, 0.018)),
            (22, Vector(0.3, 0.29, 0.28)), (2, Vector(0.3, 0.05, 0.12)),
        ]
        return random.weighted(others) * random.within(0.6...1.3)
    }

    private static let colours: [Vector] = commonness.map(\.value)

    private static let commonness: [(weight: Float, value: Vector)] = [
        (26, Vector(0.014, 0.014, 0.016)), (16, Vector(0.62, 0.62, 0.62)), (9, Vector(0.2, 0.2, 0.21)),
        (9, Vector(0.07, 0.07, 0.075)), (12, Vector(0.018, 0.03, 0.085)), (6, Vector(0.04, 0.13, 0.42)),
        (5, Vector(0.25, 0.42, 0.62)), (7, Vector(0.48, 0.025, 0.03)), (3, Vector(0.2, 0.015, 0.03)),
        (3, Vector(0.62, 0.18, 0.27)), (3, Vector(0.55, 0.42, 0.05)), (2.5, Vector(0.62, 0.2, 0.03)),
        (3, Vector(0.04, 0.22, 0.07)), (2, Vector(0.22, 0.4, 0.1)), (3, Vector(0.09, 0.1, 0.045)),
        (6, Vector(0.42, 0.33, 0.22)), (4, Vector(0.13, 0.075, 0.04)), (1.5, Vector(0.08, 0.045, 0.13)),
        (2, Vector(0.05, 0.35, 0.36)),
    ]
}
