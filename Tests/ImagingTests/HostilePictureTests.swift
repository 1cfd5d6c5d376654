import Density
import Imaging
import TestSupport
import Testing

@Suite("Pictures that nobody vouches for")
struct HostilePictureTests {
    static let wholeFiles = [
        "jpeg-420.jpg", "jpeg-420-progressive.jpg", "jpeg-gray.jpg", "jpeg-cmyk.jpg", "jpeg-restarts.jpg",
        "jpeg-orientation-6.jpg", "png-type2-depth8.png", "png-type2-depth8-interlaced.png", "png-type3-depth4.png",
        "png-type0-depth16.png", "webp-lossy.webp", "webp-lossless.webp", "webp-animated.webp",
        "webp-orientation-6.webp",
        "tiff-rgb-tiff_lzw.tiff", "tiff-strips-of-4.tiff", "tiff-tiles-of-16x16.tiff", "tiff-3-pages.tiff",
        "tiff-rgb-depth12.tiff", "tiff-group4.tiff", "tiff-rgb-jpeg.tiff",
    ]

    @Test("Cut short at any byte, a picture is an error and nothing worse", arguments: wholeFiles)
    func truncationThrows(file: String) throws {
        let bytes = try Fixtures.picture(file)
        for count in 0..<bytes.count {
            let cut = Array(bytes[0..<count])
            #expect(throws: ImagingError.self, "cut to \(count) of \(bytes.count) bytes") {
                try PictureDecoder().decode(cut)
            }
        }
    }

    @Test("Where truncation is tolerated, a whole picture is the same", arguments: wholeFiles)
    func toleranceChangesNothingInWholePictures(file: String) throws {
        let bytes = try Fixtures.picture(file)
        let tolerant = PictureDecoder(limits: .init(tolerateTruncation: true))
        #expect(try tolerant.decode(bytes) == PictureDecoder().decode(bytes))
    }

    /// How much of a picture survives the loss of its last two bytes, in percent: rows are lost where a decoder needs
    /// those that follow.
    static let survivors = [
        "jpeg-420.jpg": 95, "jpeg-420-progressive.jpg": 95, "jpeg-cmyk.jpg": 95, "jpeg-orientation-6.jpg": 95,
        "png-type2-depth8.png": 99, "png-type2-depth8-interlaced.png": 99, "webp-lossless.webp": 70,
        "webp-lossy.webp": 50,
    ]

    @Test("Where truncation is tolerated, what was there is kept", arguments: survivors)
    func truncationIsTolerated(file: String, percent: Int) throws {
        let bytes = try Fixtures.picture(file)
        let whole = try PictureDecoder().decode(bytes)
        let kept = try PictureDecoder(limits: .init(tolerateTruncation: true)).decode(Array(bytes.dropLast(2)))
        #expect(kept.size == whole.size)
        let same = zip(kept.pixels, whole.pixels).count { $0 == $1 }
        #expect(same * 100 >= whole.pixels.count * percent)
    }

    @Test("A damaged strip of a TIFF is an error, or, where that is tolerated, costs its rows alone")
    func damagedStripCostsItsRows() throws {
        var bytes = try Fixtures.picture("tiff-strips-of-4.tiff")
        let whole = try PictureDecoder().decode(bytes)
        // The first strip follows the header of 8 bytes; these are codes that LZW does not have yet.
        bytes.replaceSubrange(12..<60, with: repeatElement(0xFF, count: 48))
        #expect(throws: ImagingError.self) { try PictureDecoder().decode(bytes) }
        let kept = try PictureDecoder(limits: .init(tolerateTruncation: true)).decode(bytes)
        let strip = 4 * whole.size.width * Picture.channels
        #expect(kept.pixels.dropFirst(strip) == whole.pixels.dropFirst(strip))
        #expect(kept.pixels.prefix(strip) != whole.pixels.prefix(strip))
    }

    @Test("Pages of a TIFF that lead back to each other are an error")
    func circularPagesThrow() throws {
        var bytes = try Fixtures.picture("tiff-3-pages.tiff")
        // The last link, which is zero, back to the first directory.
        bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: bytes[4..<8])
        #expect(throws: ImagingError.corrupt(format: .tiff, reason: "the chain of its pages")) {
            try PictureDecoder().header(of: bytes)
        }
    }

    @Test("Bytes changed at random give a picture or an error", arguments: wholeFiles)
    func changedBytesAreSurvived(file: String) throws {
        let bytes = try Fixtures.picture(file)
        var generator = Generator(state: 1)
        let limits = ImagingLimits(maximumPixels: 1_000_000)
        for _ in 0..<300 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                changed[Int.random(in: 0..<changed.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            do throws(ImagingError) {
                let picture = try PictureDecoder(limits: limits).decode(changed)
                #expect(picture.size.area <= 1_000_000)
            } catch {
                #expect(!error.description.isEmpty && !error.description.contains("\n"))
            }
        }
    }

    @Test(
        "A format is told by its bytes, and anything else is no picture",
        arguments: [
            [], [0], Array("<html><body>not found</body></html>".utf8), Array("GIF89a".utf8), [0xFF, 0xD8],
        ] as [[UInt8]])
    func otherBytesAreNoPicture(bytes: [UInt8]) throws {
        #expect {
            try PictureDecoder().decode(bytes)
        } throws: { error in
            guard case .notAPicture(bytes.count, _)? = error as? ImagingError else { return false }
            return true
        }
    }

    @Test("Too many pixels are refused from the header alone")
    func pixelsAreLimited() throws {
        let limit = ImagingLimits(maximumPixels: 61 * 47 - 1)
        let bytes = try Fixtures.picture("jpeg-420.jpg")
        let size = PixelSize(width: 61, height: 47)
        #expect(throws: ImagingError.tooManyPixels(size: size, limit: limit.maximumPixels)) {
            try PictureDecoder(limits: limit).header(of: bytes)
        }
        #expect(throws: ImagingError.tooManyPixels(size: size, limit: limit.maximumPixels)) {
            try PictureDecoder(limits: limit).decode(bytes)
        }
        #expect(try PictureDecoder(limits: .init(maximumPixels: 61 * 47)).decode(bytes).size == size)
    }

    @Test("A PNG that claims the largest size there is is refused before memory is asked for")
    func hugeClaimIsRefused() throws {
        var bytes = try Fixtures.picture("png-type2-depth8.png")
        bytes.replaceSubrange(16..<24, with: [0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF])
        // The check sum of the header that says so.
        bytes.replaceSubrange(29..<33, with: Checksum.crc32(of: bytes[12..<29]))
        #expect(
            throws: ImagingError.tooManyPixels(
                size: PixelSize(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF), limit: 200_000_000)
        ) { try PictureDecoder().decode(bytes) }
    }

    @Test(
        "Sides whose product is no number are too many pixels, as long as they are believed",
        arguments: [
            (.max, .max), (.max, 1), (1, .max),
        ] as [(UInt32, UInt32)])
    func overflowingSidesAreRefused(width: UInt32, height: UInt32) throws {
        let bytes = HostileCorpus.tiff(width: width, height: height)
        let most = UInt32(Int32.max)
        let size = PixelSize(width: Int(min(width, most)), height: Int(min(height, most)))
        let error = ImagingError.tooManyPixels(size: size, limit: 200_000_000)
        #expect(throws: error) { try PictureDecoder().header(of: bytes) }
        #expect(throws: error) { try PictureDecoder().decode(bytes) }
        #expect(!error.description.isEmpty)
        // However much is allowed.
        #expect(throws: ImagingError.tooManyPixels(size: size, limit: .max)) {
            try PictureDecoder(limits: ImagingLimits(maximumPixels: .max)).header(of: bytes)
        }
        // Of these libtiff finds out itself.
        for height: UInt32 in [1 << 31, 1 << 31 + 1] {
            #expect(throws: ImagingError.self) {
                try PictureDecoder().header(of: HostileCorpus.tiff(width: width, height: height))
            }
        }
    }

    @Test("The orientation is that of the first EXIF segment of a JPEG, whatever stands before it")
    func firstExifCounts() throws {
        let bytes = try Fixtures.picture("jpeg-420.jpg")
        func segment(_ content: [UInt8]) -> [UInt8] {
            [0xFF, 0xE1, UInt8((content.count + 2) >> 8), UInt8((content.count + 2) & 0xFF)] + content
        }
        func exif(_ orientation: UInt8) -> [UInt8] {
            segment(Array("Exif\0\0".utf8) + ExifTests.block(orientation, little: true))
        }
        let other = segment(Array("http://ns.adobe.com/xap/1.0/\0".utf8) + [UInt8](repeating: 0, count: 60_000))
        let start = Array(bytes[..<2])
        var changed = start
        for _ in 0..<100 { changed += other }
        changed += exif(6)
        changed += exif(3)
        changed += segment([])
        changed += bytes[2...]
        let header = try PictureDecoder().header(of: changed)
        #expect(header.orientation == 6)
        #expect(try PictureDecoder().decode(changed).size == PixelSize(width: 47, height: 61))
        // A segment that says it is longer than what is left.
        var cut = start
        cut += [0xFF, 0xE1, 0xFF, 0xFF]
        cut += Array("Exif\0\0".utf8)
        #expect(throws: ImagingError.truncated(format: .jpeg)) { try PictureDecoder().header(of: cut) }
    }

    @Test("Too many bytes are refused")
    func bytesAreLimited() throws {
        let bytes = try Fixtures.picture("jpeg-420.jpg")
        #expect(throws: ImagingError.tooManyBytes(bytes: bytes.count, limit: 100)) {
            try PictureDecoder(limits: .init(maximumBytes: 100)).decode(bytes)
        }
    }
}
