import Glibc

/// The light of a scene, in linear units where 1 is white paper in full light.
struct Lighting: Sendable {
    enum Mood: String, Sendable, CaseIterable {
        case sunny, overcast, backlit, dusk, night, hall, stage
    }

    var mood: Mood
    /// Unit direction to the sun or the main lamp, and its light.
    var sunDirection: Vector
    var sun: Vector
    /// Light from above, and from the ground.
    var sky: Vector
    var bounce: Vector
    /// Colour that distance fades to, and how fast, per metre.
    var haze: Vector
    var hazeDensity: Float
    /// Light that neighbours take from low parts of a crowd, 0 ... 1.
    var crowding: Float = 0
    /// Part of the ground that lies in the shade of something large, 0 ... 1, and the seed of where.
    var shade: Float = 0
    /// Size of the shade, or of the pools of light, in metres.
    var shadeSize: Float = 20
    var seed: UInt32 = 0

    init(_ mood: Mood, _ random: inout RandomSource) {
        self.mood = mood
        seed = UInt32(truncatingIfNeeded: random.next())
        let around = random.within(0...6.283)
        var elevation = random.within(0.5...1.25)
        switch mood {
        case .sunny:
            sun = Vector(2.1, 1.92, 1.65) * random.within(0.7...1.2)
            sky = Vector(0.28, 0.34, 0.44)
            bounce = Vector(0.17, 0.16, 0.14)
            haze = Vector(0.62, 0.7, 0.8)
            shade = random.chance(0.5) ? random.within(0.2...0.8) : 0
            shadeSize = random.within(12...45)
        case .overcast:
            sun = Vector(0.3, 0.3, 0.3) * random.within(0.3...1.2)
            sky = Vector(0.74, 0.78, 0.84)
            bounce = Vector(0.24, 0.24, 0.23)
            haze = Vector(0.72, 0.75, 0.78)
            elevation = 1.2
        case .backlit:
            sun = Vector(2.0, 1.7, 1.2)
            sky = Vector(0.36, 0.38, 0.44)
            bounce = Vector(0.16, 0.15, 0.13)
            haze = Vector(0.95, 0.85, 0.66)
            elevation = random.within(0.25...0.6)
        case .dusk:
            sun = Vector(0.9, 0.5, 0.25) * random.within(0.4...1.1)
            sky = Vector(0.32, 0.33, 0.5)
            bounce = Vector(0.13, 0.11, 0.11)
            haze = Vector(0.6, 0.45, 0.42)
            elevation = random.within(0.15...0.4)
        case .night:
            sun = Vector(1.0, 0.72, 0.4) * random.within(0.5...1)
            sky = Vector(0.09, 0.09, 0.13)
            bounce = Vector(0.06, 0.05, 0.04)
            haze = Vector(0.04, 0.04, 0.06)
            shade = random.within(0.4...0.75)
            shadeSize = random.within(5...14)
            elevation = random.within(0.9...1.3)
        case .hall:
            let warm = random.within(0.6...1)
            sun = Vector(0.5, 0.5 * (0.8 + 0.2 * warm), 0.5 * warm)
            sky = Vector(0.6, 0.6 * (0.85 + 0.15 * warm), 0.6 * warm)
            bounce = Vector(0.2, 0.18, 0.15)
            haze = Vector(0.5, 0.48, 0.42)
            elevation = random.within(1.1...1.4)
        case .stage:
            let colours = [Vector(1.1, 0.25, 0.5), Vector(0.3, 0.4, 1.3), Vector(1.2, 0.8, 0.35), Vector(0.4, 1, 0.9)]
            sun = random.one(of: colours) * random.within(0.8...1.5)
            sky = Vector(0.07, 0.07, 0.1)
            bounce = Vector(0.03, 0.03, 0.04)
            haze = sun * 0.12
            shade = random.within(0.2...0.5)
            shadeSize = random.within(4...10)
            elevation = random.within(0.3...0.7)
        }
        let (rise, flat) = Curves.sineAndCosine(elevation)
        var (x, z) = Curves.sineAndCosine(around)
        if mood == .backlit || mood == .stage {
            // Before the camera, to the left or to the right.
            x = random.within(-0.6...0.6)
            z = (1 - x * x).squareRoot()
        } else if z > 0.5 {
            z = -z
        }
        sunDirection = Vector(x * flat, rise, z * flat)
        hazeDensity = random.chance(0.12) ? random.within(0.003...0.01) : random.within(0...0.0015)
    }

    /// Part of the sun that reaches a place, before any person's shadow.
    func sunlight(x: Float, z: Float) -> Float {
        guard shade > 0 else { return 1 }
        if mood == .sunny {
            // The shadow of a row of houses of several heights: they stand beside the crowd.
            let away = x * sunDirection.x + z * sunDirection.z
            let along = (x * sunDirection.z - z * sunDirection.x) / shadeSize
            let height = Noise.lattice(Int32(along.rounded(.down)), 0, 0, seed: seed)
            let edge = (shade - 0.5) * 40 + (height - 0.5) * shadeSize * 0.8
            return Curves.smooth(edge, edge + 0.3, 22 - away)
        }
        let value = Noise.plane(x / shadeSize + 31, z / shadeSize + 17, seed: seed)
        let lit = Curves.smooth(shade - 0.33, shade + 0.33, value * 0.8 + 0.1)
        return 0.15 + 0.85 * lit
    }

    /// Light of the scene on a body.
    /// - Parameters:
    ///   - height: metres above the ground, for the shade of a crowd.
    ///   - sight: unit direction to the camera.
    ///   - passed: part of the sun that other bodies let through.
    func shade(
        _ texel: Texel, at place: Vector, normal: Vector, height: Float, sight: Vector, passed: Float
    ) -> Vector {
        let open = 1 - crowding * Curves.smooth(1.62, 0.85, height)
        let reach = 1 - crowding * 0.6 * Curves.smooth(1.55, 1.15, height)
        let direct = sunlight(x: place.x, z: place.z) * reach * passed
        let facing = max(0, normal.dot(sunDirection) * 0.92 + 0.08)
        let upward = 0.5 + 0.5 * normal.y
        var light = sun * (facing * direct) + sky * ((0.25 + 0.75 * upward) * open) + bounce * ((1 - upward) * open)
        // A face turned to the camera gets the light of what stands around the camera.
        light = light + sky * (0.18 * open * max(0, normal.dot(sight)))
        var colour = texel.colour * light + texel.glow
        if texel.shine > 0 {
            let half = (sunDirection + sight).normalized()
            let spread = max(0, normal.dot(half))
            let sharp = spread * spread * spread * spread
            let highlight = sharp * sharp * texel.shine
            colour = colour + sun * (highlight * direct * 0.35) + sky * (texel.shine * 0.04 * upward * open)
        }
        return colour
    }

    /// What is left to see of `colour` from `depth` metres.
    func hazed(_ colour: Vector, depth: Float) -> Vector {
        hazeDensity > 0 ? haze.mixed(with: colour, Curves.decay(depth * hazeDensity)) : colour
    }

    /// True where one light is strong enough to throw shadows with an outline.
    var throwsShadows: Bool { mood != .overcast && mood != .hall }
}
