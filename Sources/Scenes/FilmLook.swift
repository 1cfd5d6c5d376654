import Density
import Glibc

/// What camera, film and age do to the light of a scene.
struct FilmLook: Sendable {
    enum Tint: Sendable { case colour, gray, sepia }

    /// Mean brightness that exposure aims at, in linear light.
    var key: Float
    /// Strength of the curve that darkens shadows and brightens lights, 0 ... 1.
    var contrast: Float
    var saturation: Float
    /// Light of each channel, about 1: a colour cast.
    var balance: Vector
    var tint: Tint
    /// How far blacks have risen and whites fallen with age, 0 ... 1.
    var fade: Float
    /// Deviation of the unsharpness in pixels.
    var blur: Float
    /// Strength of a camera's sharpening.
    var sharpening: Float
    /// Darkening towards the corners, 0 ... 1.
    var vignette: Float
    /// Deviation of the grain, as a part of white, and its size in pixels.
    var grain: Float
    var grainSize: Float
    var seed: UInt32

    /// Brings the light of a scene onto 8-bit pixels.
    func develop(_ light: [Float], size: PixelSize) -> Picture {
        var linear = light
        expose(&linear, size)
        if blur > 0.2 { Blur(deviation: blur).apply(to: &linear, size: size) }
        let curve = ToneCurve(contrast: contrast)
        for y in 0..<size.height {
            let v = (Float(y) + 0.5) / Float(size.height) - 0.5
            for x in 0..<size.width {
                let u = (Float(x) + 0.5) / Float(size.width) - 0.5
                let dark = 1 - vignette * 1.6 * (u * u + v * v)
                let pixel = (y * size.width + x) * 3
                let colour = Vector(
                    curve.tone(linear[pixel] * dark * balance.x), curve.tone(linear[pixel + 1] * dark * balance.y),
                    curve.tone(linear[pixel + 2] * dark * balance.z))
                let toned = tinted(colour)
                linear[pixel] = toned.x
                linear[pixel + 1] = toned.y
                linear[pixel + 2] = toned.z
            }
        }
        return print(linear, size)
    }

    /// Scales the light so that its mean meets the key, looking at the lower two thirds, where the people are.
    private func expose(_ linear: inout [Float], _ size: PixelSize) {
        var sum = 0.0
        let first = size.height / 3 * size.width * 3
        for pixel in stride(from: first, to: linear.count, by: 3) {
            let level = 0.2126 * linear[pixel] + 0.7152 * linear[pixel + 1] + 0.0722 * linear[pixel + 2]
            sum += Double(min(1.5, level).squareRoot())
        }
        let root = Float(sum / Double((linear.count - first) / 3))
        let scale = key / max(root * root, 1e-4)
        for index in linear.indices { linear[index] *= scale }
    }

    private func tinted(_ colour: Vector) -> Vector {
        let gray = colour.x * 0.299 + colour.y * 0.587 + colour.z * 0.114
        var toned: Vector
        switch tint {
        case .colour: toned = Vector(gray).mixed(with: colour, saturation)
        case .gray: toned = Vector(gray)
        case .sepia: toned = Vector(gray * 1.04 + 0.03, gray * 0.92 + 0.015, gray * 0.74)
        }
        if fade > 0 {
            let paper = tint == .gray ? Vector(0.82) : Vector(0.85, 0.8, 0.72)
            toned = toned.mixed(with: paper * (0.35 + 0.65 * gray), fade * 0.6)
        }
        return toned
    }

    /// Sharpens, adds the grain and rounds to bytes.
    private func print(_ toned: [Float], _ size: PixelSize) -> Picture {
        let width = size.width
        return Picture(size: size) { buffer in
            for y in 0..<size.height {
                let (above, below) = (max(0, y - 1) * width, min(size.height - 1, y + 1) * width)
                for x in 0..<width {
                    let (before, after) = (max(0, x - 1), min(width - 1, x + 1))
                    let noise = grain > 0 ? grain * speck(x, y) : 0
                    let pixel = (y * width + x) * 3
                    for channel in 0..<3 {
                        let own = toned[pixel + channel]
                        let around =
                            toned[(above + x) * 3 + channel] + toned[(below + x) * 3 + channel]
                            + toned[(y * width + before) * 3 + channel] + toned[(y * width + after) * 3 + channel]
                        let sharp = own + (own - around * 0.25) * sharpening
                        let level = sharp + noise * (1.2 - own)
                        buffer[pixel + channel] = UInt8(Curves.clamped(level) * 255 + 0.5)
                    }
                }
            }
        }
    }

    private func speck(_ x: Int, _ y: Int) -> Float {
        if grainSize > 1 {
            return (Noise.plane(Float(x) / grainSize, Float(y) / grainSize, seed: seed) - 0.5) * 3.4
        }
        let one = Noise.lattice(Int32(x), Int32(y), 1, seed: seed)
        return (one + Noise.lattice(Int32(x), Int32(y), 2, seed: seed) - 1) * 2.4
    }
}
