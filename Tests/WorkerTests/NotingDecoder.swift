import Concurrency
import Density
import Imaging

/// A decoder that tells how many pictures it decoded.
final class NotingDecoder: PictureDecoding {
    private let decoder = PictureDecoder()
    private let count = Locked(0)

    var decoded: Int { count.withLock { $0 } }

    func header(of bytes: [UInt8], page: Int) async throws(ImagingError) -> PictureHeader {
        try decoder.header(of: bytes, page: page)
    }

    func decode(
        _ bytes: [UInt8], page: Int, resizedTo size: PixelSize, by resampling: Resampling
    ) async throws(ImagingError) -> Picture {
        let picture = try decoder.decode(bytes, page: page, resizedTo: size, by: resampling)
        count.withLock { $0 += 1 }
        return picture
    }

    func memory(for header: PictureHeader, of encodedBytes: Int, resizedTo size: PixelSize) -> Int {
        decoder.memory(for: header, of: encodedBytes, resizedTo: size)
    }
}
