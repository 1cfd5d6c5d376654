import Density
import Imaging
import Testing

@Suite("Headers")
struct HeaderTests {
    @Test(
        "A picture that comes row by row takes the memory of its result and of a few rows",
        arguments: [
            ("jpeg-420.jpg", 0), ("jpeg-gray.jpg", 0), ("png-type2-depth8.png", 2 * 3), ("size-64x48.jpg", 0),
        ])
    func streamedPicturesHoldRows(file: String, bytesOfColumn: Int) throws {
        let header = try PictureDecoder().header(of: Fixtures.picture(file))
        #expect(header.isStreamable)
        let (row, held) = (header.size.width * 3, header.size.width * bytesOfColumn)
        #expect(header.heldBytes == held)
        #expect(header.memory(resizedTo: PixelSize(width: 10, height: 20)) == 600 + row + held)
        #expect(header.memory() == header.size.area * 3 + held)
    }

    @Test(
        "A picture that is put together from passes says what that holds",
        arguments: [
            // Of 4:2:0, one coefficient and a half of two bytes for every pixel; of the others as many as they have.
            ("jpeg-420-progressive.jpg", 61 * 47 * 3), ("jpeg-444-progressive.jpg", 61 * 47 * 6),
            ("jpeg-gray-progressive.jpg", 53 * 39 * 2), ("png-type2-depth8-interlaced.png", 23 * 19 * 3 + 2 * 23 * 3),
            ("webp-lossy.webp", 61 * 47 * 3), ("webp-lossless.webp", 33 * 21 * 7),
        ])
    func wholePicturesAreHeld(file: String, bytes: Int) throws {
        let header = try PictureDecoder().header(of: Fixtures.picture(file))
        #expect(!header.isStreamable)
        #expect(abs(header.heldBytes - bytes) <= 4)
    }

    @Test("A TIFF holds one strip or row of tiles, as libtiff packs it and as it is stored, a tile and a row")
    func tiffHoldsAStrip() throws {
        let strips = try PictureDecoder().header(of: Fixtures.picture("tiff-strips-of-4.tiff"))
        #expect(strips.isStreamable)
        #expect(strips.heldBytes == 45 * 4 * (4 + 3) + 45 * 3)
        let tiles = try PictureDecoder().header(of: Fixtures.picture("tiff-tiles-of-16x16.tiff"))
        #expect(tiles.isStreamable)
        #expect(tiles.heldBytes == 45 * 16 * (4 + 3) + 16 * 16 * 3 + 45 * 3)
    }

    @Test("A picture that is turned is held whole before it is resized")
    func turnedPicturesAreHeld() throws {
        let header = try PictureDecoder().header(of: Fixtures.picture("jpeg-orientation-6.jpg"))
        #expect(header.memory(resizedTo: PixelSize(width: 10, height: 20)) == 37 * 26 * 3 + 600)
    }
}
