import Density
import Imaging

/// The decoder of one picture, whose pages are asked for one after the other.
struct OnePictureDecoder: PictureDecoding {
    private let pool: DecoderPool
    private let picture = HeldPicture()

    init(_ pool: DecoderPool) {
        self.pool = pool
    }

    func header(of bytes: [UInt8], page: Int) async throws(ImagingError) -> PictureHeader {
        try await pool.header(of: bytes, page: page, for: picture)
    }

    func decode(
        _ bytes: [UInt8], page: Int, resizedTo size: PixelSize, by resampling: Resampling
    ) async throws(ImagingError) -> Picture {
        try await pool.decode(bytes, page: page, resizedTo: size, by: resampling, for: picture)
    }

    func memory(for header: PictureHeader, of encodedBytes: Int, resizedTo size: PixelSize) -> Int {
        pool.memory(for: header, of: encodedBytes, resizedTo: size)
    }
}
