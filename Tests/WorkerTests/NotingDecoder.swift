import Concurrency
import Density
import Imaging

/// A decoder that tells how many pictures it decoded.
final class NotingDecoder: TestDecoder {
    let decoder = PictureDecoder()
    private let count = Locked(0)

    var decoded: Int { count.withLock { $0 } }

    func decode(
        _ bytes: [UInt8], page: Int, resizedTo size: PixelSize, by resampling: Resampling
    ) async throws(ImagingError) -> Picture {
        let picture = try decoder.decode(bytes, page: page, resizedTo: size, by: resampling)
        count.withLock { $0 += 1 }
        return picture
    }
}
