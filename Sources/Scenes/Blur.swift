import Density
import Glibc

/// A Gaussian blur of interleaved RGB, rows then columns; edges repeat.
struct Blur {
    private let weights: [Float]
    private var radius: Int { weights.count / 2 }

    /// - Parameter deviation: in pixels, above 0.
    init(deviation: Float) {
        let radius = max(1, Int((deviation * 2.6).rounded(.up)))
        let raw = (-radius...radius).map { offset in
            Curves.power(2.7182817, -Float(offset * offset) / (2 * deviation * deviation))
        }
        let sum = raw.reduce(0, +)
        weights = raw.map { $0 / sum }
    }

    func apply(to pixels: inout [Float], size: PixelSize) {
        pass(&pixels, lines: size.height, length: size.width, lineStep: size.width * 3, step: 3)
        pass(&pixels, lines: size.width, length: size.height, lineStep: 3, step: size.width * 3)
    }

    private func pass(_ pixels: inout [Float], lines: Int, length: Int, lineStep: Int, step: Int) {
        var line = [Float](repeating: 0, count: (length + 2 * radius) * 3)
        for number in 0..<lines {
            let base = number * lineStep
            for place in 0..<length + 2 * radius {
                let source = base + min(length - 1, max(0, place - radius)) * step
                for channel in 0..<3 { line[place * 3 + channel] = pixels[source + channel] }
            }
            for place in 0..<length {
                for channel in 0..<3 {
                    var sum: Float = 0
                    for (tap, weight) in weights.enumerated() { sum += weight * line[(place + tap) * 3 + channel] }
                    pixels[base + place * step + channel] = sum
                }
            }
        }
    }
}
