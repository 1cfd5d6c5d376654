import Arguments
import Density
import Imaging

/// Pictures to measure with: smooth colours and grain, which compress like photographs.
enum BenchPictures {
    /// The sizes that the option `sizes` names.
    static func sizes(_ invocation: Invocation) throws -> [PixelSize] {
        let text = invocation.value(of: "sizes") ?? "1024x768"
        return try text.split(separator: ",", omittingEmptySubsequences: false).map { size in
            let sides = size.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
            guard sides.count == 2, let width = sides[0], let height = sides[1],
                (1...20_000).contains(width), (1...20_000).contains(height)
            else { throw invocation.refusal(of: "sizes", needed: "sizes such as 1024x768, with commas between them") }
            return PixelSize(width: width, height: height)
        }
    }

    /// A JPEG of about 1.5 bits a pixel.
    static func jpeg(_ size: PixelSize, seed: UInt64) throws -> [UInt8] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func next() -> UInt64 {
            // Marsaglia's xorshift64.
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        let coarse = Picture(size: PixelSize(width: max(1, size.width / 16), height: max(1, size.height / 16))) {
            for place in $0.indices { $0[place] = UInt8(truncatingIfNeeded: next() >> 32) }
        }
        let smooth = try coarse.resized(to: size)
        let grained = Picture(size: size) { pixels in
            for place in pixels.indices {
                pixels[place] = smooth.pixels[place] / 8 * 7 + UInt8(truncatingIfNeeded: next() >> 32) / 24
            }
        }
        return try PictureEncoder.jpeg(grained, quality: 85)
    }
}
