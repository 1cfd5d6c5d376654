import CImaging
import Density
import Imaging
import Testing

@Suite("Resampling")
struct ResamplingTests {
    @Test("A picture resized as it is decoded has the bits of OpenCV's resize", arguments: Fixtures.resized)
    func streamedBitsAreThoseOfOpenCV(reference: Reference) throws {
        let resampling = try #require(reference.resampling)
        let bytes = try Fixtures.picture(reference.file)
        let picture = try PictureDecoder().decode(bytes, resizedTo: reference.size, by: resampling)
        #expect(picture.size == reference.size)
        #expect(picture.digest == reference.digest)
    }

    @Test("A whole picture and one that is streamed give the same bits", arguments: Fixtures.resized)
    func wholeAndStreamedAgree(reference: Reference) throws {
        let resampling = try #require(reference.resampling)
        let bytes = try Fixtures.picture(reference.file)
        let streamed = try PictureDecoder().decode(bytes, resizedTo: reference.size, by: resampling)
        let whole = try PictureDecoder().decode(bytes).resized(to: reference.size, by: resampling)
        #expect(whole == streamed)
    }

    @Test("The code for every processor gives the bits of the one for this", arguments: Fixtures.resized)
    func portableKernelsAgree(reference: Reference) throws {
        guard reference.resampling == .bilinear else { return }
        let source = try PictureDecoder().decode(Fixtures.picture(reference.file))
        let portable = resized(source, to: reference.size, by: ImagingKernelsPortable)
        #expect(portable.digest == reference.digest)
    }

    @Test("The kernels of every processor and of this agree, however far apart the columns", arguments: 1...48)
    func kernelsAgree(width: Int) {
        let source = Picture(size: PixelSize(width: width, height: 5)) { pixels in
            var generator = Generator(state: UInt64(width))
            for index in pixels.indices { pixels[index] = UInt8(truncatingIfNeeded: generator.next()) }
        }
        for target in [1, 2, 3, 5, 11, 16, 17, 21, 22, 32, 43, 64, 101, 128] {
            let size = PixelSize(width: target, height: 7)
            #expect(
                resized(source, to: size, by: ImagingKernelsFastest)
                    == resized(source, to: size, by: ImagingKernelsPortable))
        }
    }

    private func resized(_ source: Picture, to size: PixelSize, by kernels: ImagingKernels) -> Picture {
        Picture(size: size) { pixels in
            let resampler = imaging_resampler_open(
                ImagingResize(
                    from_width: UInt32(source.size.width), from_height: UInt32(source.size.height),
                    to_width: UInt32(size.width), to_height: UInt32(size.height), picture: pixels.baseAddress,
                    kernels: kernels),
                ImagingResamplingBilinear)
            source.pixels.withUnsafeBufferPointer { rows in
                for y in 0..<source.size.height {
                    imaging_resampler_push(resampler, rows.baseAddress.map { $0 + y * source.size.width * 3 })
                }
            }
            imaging_resampler_close(resampler)
        }
    }

    @Test("Bilinear is what a caller gets who names nothing")
    func bilinearIsTheDefault() throws {
        let bytes = try Fixtures.picture("size-150x99.jpg")
        let size = PixelSize(width: 40, height: 30)
        #expect(
            try PictureDecoder().decode(bytes, resizedTo: size)
                == PictureDecoder().decode(bytes, resizedTo: size, by: .bilinear))
    }

    @Test(
        "One colour stays that colour at every size and by every way",
        arguments: [
            PixelSize(width: 1, height: 1), .init(width: 7, height: 200), .init(width: 301, height: 11),
            .init(width: 49, height: 50),
        ])
    func oneColourStays(size: PixelSize) throws {
        let colour = PixelColour(red: 255, green: 1, blue: 128)
        let picture = Picture(size: .init(width: 98, height: 75), colour: colour)
        for resampling in [Resampling.bilinear, .area] {
            #expect(try picture.resized(to: size, by: resampling) == Picture(size: size, colour: colour))
        }
    }
}
