import Concurrency
import Density
import Imaging

/// A decoder that decodes nothing before it is let go, and remembers what it was asked for. One picture at a time.
final class HeldDecoder: TestDecoder {
    let decoder = PictureDecoder()
    private let asked = Locked<[PixelSize]>([])
    private let (held, letGo) = AsyncStream.makeStream(of: Void.self)

    /// Sizes of the pictures, in the order they came.
    var sizes: [PixelSize] { asked.withLock { $0 } }

    func release() { letGo.finish() }

    func header(of bytes: [UInt8], page: Int) async throws(ImagingError) -> PictureHeader {
        let header = try decoder.header(of: bytes, page: page)
        asked.withLock { $0.append(header.size) }
        for await _ in held {}
        return header
    }
}
