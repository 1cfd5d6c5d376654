import Density
import Imaging

/// A decoder that does in this process what it does not do in a way of its own.
protocol TestDecoder: PictureDecoding {
    var decoder: PictureDecoder { get }
}

extension TestDecoder {
    func header(of bytes: [UInt8], page: Int) async throws(ImagingError) -> PictureHeader {
        try decoder.header(of: bytes, page: page)
    }

    func decode(
        _ bytes: [UInt8], page: Int, resizedTo size: PixelSize, by resampling: Resampling
    ) async throws(ImagingError) -> Picture {
        try decoder.decode(bytes, page: page, resizedTo: size, by: resampling)
    }

    func memory(for header: PictureHeader, of encodedBytes: Int, resizedTo size: PixelSize) -> Int {
        decoder.memory(for: header, of: encodedBytes, resizedTo: size)
    }
}
