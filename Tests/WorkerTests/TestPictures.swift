import Density
import Imaging
import TestSupport

/// Pictures of noise, different for every seed.
enum TestPictures {
    static func noise(_ size: PixelSize, seed: UInt64) -> Picture {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        return Picture(size: size) { buffer in
            for place in buffer.indices {
                // Marsaglia's xorshift64.
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                buffer[place] = UInt8(truncatingIfNeeded: state >> 32)
            }
        }
    }

    /// Writes so many pictures into a folder as 1.png, 2.png and so on, and returns them.
    static func write(_ count: Int, of size: PixelSize, to folder: TemporaryFolder) throws -> [Picture] {
        try (1...count).map { number in
            let picture = noise(size, seed: UInt64(number))
            try folder.write(PictureEncoder.png(picture), to: "\(number).png")
            return picture
        }
    }
}
