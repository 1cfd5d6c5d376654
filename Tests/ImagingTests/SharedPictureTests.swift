import Density
import Imaging
import TestSupport
import Testing

@Suite("Photographs")
struct SharedPictureTests {
    @Test(
        "Real photographs, three of them gray, have the bits of OpenCV at their own size and at a plan's",
        .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)), arguments: Fixtures.shared)
    func photographsAreThoseOfOpenCV(reference: Reference) throws {
        let folder = try #require(SharedData.folder)
        let bytes = try Fixtures.contents(of: folder + "/data/" + reference.file)
        let picture =
            if let resampling = reference.resampling {
                try PictureDecoder().decode(bytes, resizedTo: reference.size, by: resampling)
            } else {
                try PictureDecoder().decode(bytes)
            }
        #expect(picture.size == reference.size)
        #expect(picture.digest == reference.digest)
    }

    @Test(
        "A photograph cut anywhere is an error",
        .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
    func cutPhotographsThrow() throws {
        let folder = try #require(SharedData.folder)
        let bytes = try Fixtures.contents(of: folder + "/data/" + #require(Fixtures.shared.first).file)
        for part in 0..<40 {
            let cut = Array(bytes[0..<bytes.count * part / 40])
            #expect(throws: ImagingError.self, "cut to \(cut.count) of \(bytes.count) bytes") {
                try PictureDecoder().decode(cut, resizedTo: PixelSize(width: 96, height: 72))
            }
        }
    }
}
