import Density
import Imaging

extension DecoderMessage {
    mutating func append(_ size: PixelSize) {
        append(size.width)
        append(size.height)
    }

    mutating func append(_ header: PictureHeader) {
        append(PictureFormat.allCases.firstIndex(of: header.format) ?? 0)
        append(header.size)
        append(header.orientation)
        append(header.frames)
        append(header.isCopy)
        append(header.isStreamable)
        append(header.heldBytes)
    }

    mutating func size() throws(Implausible) -> PixelSize {
        let sides = 1...Int(Int32.max)
        return PixelSize(width: try integer(in: sides), height: try integer(in: sides))
    }

    mutating func header() throws(Implausible) -> PictureHeader {
        let formats = PictureFormat.allCases
        return PictureHeader(
            format: formats[try integer(in: 0...formats.count - 1)], size: try size(),
            orientation: try integer(in: 1...8), frames: try integer(in: 1...Int.max), isCopy: try flag(),
            isStreamable: try flag(), heldBytes: try integer(in: 0...1 << 40))
    }
}
