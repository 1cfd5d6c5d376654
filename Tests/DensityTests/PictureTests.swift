import Density
import TestSupport
import Testing

struct PictureTests {
    private static func pixel(_ picture: Picture, _ x: Int, _ y: Int) -> PixelColour {
        let start = (y * picture.size.width + x) * Picture.channels
        return PixelColour(
            red: picture.pixels[start], green: picture.pixels[start + 1], blue: picture.pixels[start + 2])
    }

    @Test("A padded picture keeps its pixels at the top left and is one colour elsewhere")
    func paddingKeepsThePicture() {
        var noise = Noise(seed: 9)
        let ground = PixelColour(red: 1, green: 2, blue: 3)
        let picture = noise.picture(PixelSize(width: 5, height: 4))
        for least in [(9, 7), (9, 2), (2, 7), (5, 5), (6, 4)].map({ PixelSize(width: $0.0, height: $0.1) }) {
            let padded = picture.padded(toAtLeast: least, with: ground)
            #expect(padded.size == PixelSize(width: max(5, least.width), height: max(4, least.height)))
            for y in 0..<padded.size.height {
                let row = (0..<padded.size.width).map { Self.pixel(padded, $0, y) }
                let expected = row.indices.map { $0 < 5 && y < 4 ? Self.pixel(picture, $0, y) : ground }
                #expect(row == expected, "row \(y) of \(least)")
            }
        }
    }

    @Test("A picture that is large enough is not padded", arguments: [(5, 4), (1, 1), (5, 1)])
    func largePicturesAreKept(width: Int, height: Int) {
        var noise = Noise(seed: 10)
        let picture = noise.picture(PixelSize(width: 5, height: 4))
        let least = PixelSize(width: width, height: height)
        #expect(picture.padded(toAtLeast: least, with: PixelColour(red: 0, green: 0, blue: 0)) == picture)
    }

    @Test("A picture of one colour holds red, green and blue in this order")
    func colourOrderIsRGB() {
        let picture = Picture(size: PixelSize(width: 2, height: 1), colour: PixelColour(red: 7, green: 8, blue: 9))
        #expect(picture.pixels == [7, 8, 9, 7, 8, 9])
    }

    @Test("A picture that cannot be filled is the error of filling it")
    func fillingFails() {
        struct Torn: Error {}
        #expect(throws: Torn.self) {
            try Picture(size: PixelSize(width: 2, height: 2)) { _ throws(Torn) in throw Torn() }
        }
    }
}
