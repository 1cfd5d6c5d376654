import Glibc

/// What is seen above and behind everything: sky outdoors, a ceiling or darkness indoors.
struct Sky: Sendable {
    /// Linear colours straight up and at the horizon.
    var zenith: Vector
    var horizon: Vector
    /// Part of the sky under clouds, 0 ... 1, and their colour.
    var clouds: Float
    var cloudColour: Vector
    /// Light around the sun.
    var glow: Vector
    var seed: UInt32

    init(_ lighting: Lighting, _ random: inout RandomSource) {
        seed = UInt32(truncatingIfNeeded: random.next())
        clouds = random.within(0.1...0.7)
        cloudColour = Vector(0.95, 0.96, 0.98)
        glow = .zero
        switch lighting.mood {
        case .sunny:
            zenith = Vector(0.14, 0.32, 0.72)
            horizon = Vector(0.55, 0.7, 0.88)
        case .overcast:
            zenith = Vector(0.7, 0.73, 0.78)
            horizon = Vector(0.9, 0.92, 0.94)
            cloudColour = Vector(0.6, 0.63, 0.68)
        case .backlit:
            zenith = Vector(0.4, 0.5, 0.7)
            horizon = Vector(1.5, 1.3, 0.95)
            glow = Vector(2.4, 1.9, 1.1)
        case .dusk:
            zenith = Vector(0.1, 0.13, 0.32)
            horizon = Vector(0.95, 0.5, 0.25)
            cloudColour = Vector(0.6, 0.35, 0.33)
        case .night:
            zenith = Vector(0.004, 0.005, 0.012)
            horizon = Vector(0.035, 0.03, 0.035)
            clouds = 0
        case .hall:
            zenith = Vector(0.3, 0.29, 0.27)
            horizon = Vector(0.4, 0.38, 0.34)
            clouds = 0
        case .stage:
            zenith = Vector(0.004, 0.004, 0.008)
            horizon = lighting.sun * 0.05
            clouds = 0
        }
    }

    /// Linear colour in a direction, which need not have length 1.
    func colour(_ direction: Vector, sun: Vector) -> Vector {
        let way = direction.normalized()
        let height = Curves.clamped(way.y * 1.6)
        var tone = horizon.mixed(with: zenith, height.squareRoot())
        if clouds > 0, way.y > -0.02 {
            let spread = 1 / (way.y + 0.12)
            let cover = Noise.cloud(way.x * spread * 1.3, way.z * spread * 1.3, seed: seed)
            tone = tone.mixed(with: cloudColour, Curves.smooth(0.75 - clouds * 0.5, 0.95 - clouds * 0.4, cover) * 0.85)
        }
        let towards = max(0, way.dot(sun))
        let near = towards * towards * towards * towards
        return tone + glow * (near * near * 0.6)
    }
}
