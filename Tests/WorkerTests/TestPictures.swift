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

    /// An uncompressed TIFF with a page per picture, each marked as what NewSubfileType says: 0 for a page of its own, 1 for
    /// a smaller copy.
    static func tiff(_ pages: [(picture: Picture, kind: UInt32)]) -> [UInt8] {
        func little(_ value: Int, _ bytes: Int) -> [UInt8] {
            (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        var file: [UInt8] = [0x49, 0x49, 42, 0]
        // Where the place of the next directory goes.
        var link = file.count
        file += little(0, 4)
        for page in pages {
            let (pixels, depths) = (file.count, file.count + page.picture.pixels.count)
            file += page.picture.pixels + little(8, 2) + little(8, 2) + little(8, 2)
            file.replaceSubrange(link..<link + 4, with: little(file.count, 4))
            let size = page.picture.size
            // Tag, type (3: short, 4: long), number of values, value or its place.
            let entries = [
                (254, 4, 1, Int(page.kind)), (256, 4, 1, size.width), (257, 4, 1, size.height), (258, 3, 3, depths),
                (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, pixels), (277, 3, 1, 3), (278, 4, 1, size.height),
                (279, 4, 1, page.picture.pixels.count),
            ]
            file += little(entries.count, 2)
            for (tag, type, count, value) in entries {
                file += little(tag, 2) + little(type, 2) + little(count, 4) + little(value, 4)
            }
            link = file.count
            file += little(0, 4)
        }
        return file
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
