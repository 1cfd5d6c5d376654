import Density
import Imaging
import Testing

@Suite("Decoding")
struct DecodingTests {
    @Test("The fixtures are there")
    func fixturesArePresent() {
        #expect(Fixtures.decoded.count >= 140)
        #expect(Fixtures.resized.count >= 200)
    }

    @Test("Every kind of picture decodes to the pixels of OpenCV's imread", arguments: Fixtures.decoded)
    func pixelsAreThoseOfOpenCV(reference: Reference) throws {
        let picture = try PictureDecoder().decode(Fixtures.picture(reference.file))
        #expect(picture.size == reference.size)
        #expect(picture.digest == reference.digest)
    }

    @Test("The header tells the size that decoding gives", arguments: Fixtures.decoded)
    func headerTellsTheDecodedSize(reference: Reference) throws {
        let header = try PictureDecoder().header(of: Fixtures.picture(reference.file))
        #expect(header.size == reference.size)
        #expect(reference.file.hasPrefix(header.format.rawValue) || reference.file.hasPrefix("size-"))
    }

    @Test("The orientation is told and only an upright picture is streamed", arguments: 1...8)
    func orientationIsTold(orientation: Int) throws {
        let header = try PictureDecoder().header(of: Fixtures.picture("jpeg-orientation-\(orientation).jpg"))
        #expect(header.orientation == orientation)
        #expect(header.isStreamable == (orientation == 1))
        #expect(header.frames == 1)
        #expect(header.size == (orientation < 5 ? .init(width: 37, height: 26) : .init(width: 26, height: 37)))
    }

    @Test(
        "Pages and frames are counted, and the first is decoded",
        arguments: [
            "webp-animated.webp", "tiff-3-pages.tiff",
        ])
    func framesAreCounted(file: String) throws {
        let bytes = try Fixtures.picture(file)
        #expect(try PictureDecoder().header(of: bytes).frames == 3)
        #expect(throws: ImagingError.tooManyFrames(frames: 3, limit: 2)) {
            try PictureDecoder(limits: .init(maximumFrames: 2)).decode(bytes)
        }
    }
}
