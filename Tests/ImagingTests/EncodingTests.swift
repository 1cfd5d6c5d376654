import Density
import Imaging
import Testing

@Suite("Encoding")
struct EncodingTests {
    /// Colours that move in both directions, none of them flat.
    static func gradient(_ size: PixelSize) -> Picture {
        Picture(size: size) { pixels in
            for y in 0..<size.height {
                for x in 0..<size.width {
                    let start = (y * size.width + x) * Picture.channels
                    pixels[start] = UInt8(truncatingIfNeeded: x * 255 / size.width)
                    pixels[start + 1] = UInt8(truncatingIfNeeded: y * 255 / size.height)
                    pixels[start + 2] = UInt8(truncatingIfNeeded: (x + y) * 255 / (size.width + size.height))
                }
            }
        }
    }

    static let sizes = [PixelSize(width: 1, height: 1), .init(width: 7, height: 3), .init(width: 130, height: 75)]

    @Test("A PNG gives back every pixel", arguments: sizes)
    func pngIsLossless(size: PixelSize) throws {
        let picture = Self.gradient(size)
        #expect(try PictureDecoder().decode(PictureEncoder.png(picture)) == picture)
    }

    @Test(
        "A JPEG of quality 95 gives back a smooth picture nearly",
        arguments: [
            PixelSize(width: 1, height: 1), .init(width: 130, height: 75), .init(width: 64, height: 200),
        ])
    func jpegIsNear(size: PixelSize) throws {
        let picture = Self.gradient(size)
        let decoded = try PictureDecoder().decode(PictureEncoder.jpeg(picture, quality: 95))
        #expect(decoded.size == size)
        let differences = zip(decoded.pixels, picture.pixels).map { abs(Int($0) - Int($1)) }
        #expect(differences.reduce(0, +) <= 4 * differences.count)
    }

    @Test("The same picture gives the same bytes")
    func bytesAreDeterministic() throws {
        let picture = Self.gradient(.init(width: 90, height: 61))
        #expect(try PictureEncoder.png(picture) == PictureEncoder.png(picture))
        #expect(try PictureEncoder.jpeg(picture, quality: 80) == PictureEncoder.jpeg(picture, quality: 80))
    }

    @Test("Less quality gives fewer bytes, and a quality beyond the scale is its end")
    func qualityOrdersSizes() throws {
        let picture = Self.gradient(.init(width: 90, height: 61))
        #expect(try PictureEncoder.jpeg(picture, quality: 20).count < PictureEncoder.jpeg(picture, quality: 95).count)
        #expect(try PictureEncoder.jpeg(picture, quality: -3) == PictureEncoder.jpeg(picture, quality: 1))
    }

    @Test("A picture wider than a JPEG can be is refused with its reason")
    func tooWideForJPEG() {
        let picture = Picture(size: .init(width: 70_000, height: 1), colour: .init(red: 1, green: 2, blue: 3))
        #expect(
            throws: ImagingError.encodingRefused(
                format: .jpeg, reason: "Maximum supported image dimension is 65500 pixels")
        ) { try PictureEncoder.jpeg(picture, quality: 80) }
    }
}
