import CImaging
import Density

extension PictureReader {
    /// Rows that are turned together: enough that every cache line of the turned picture is written once or twice.
    private static let strip = 16

    /// Decodes every row into a picture as displayed.
    ///
    /// Memory: the picture, and a strip of rows where it has to be turned; what the format holds comes on top.
    mutating func picture() throws(ImagingError) -> Picture {
        try Picture(size: header.size) { pixels throws(ImagingError) in try read(into: pixels) }
    }

    /// Decodes every row into a picture of another size.
    ///
    /// Memory: a streamable picture is never held, only the result and a few rows; any other is decoded whole first.
    /// - Parameter pixels: `size.area * 3` bytes.
    mutating func read(
        resizedTo size: PixelSize, by resampling: Resampling, into pixels: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImagingError) {
        if size == header.size { return try read(into: pixels) }
        guard header.orientation == 1 else {
            return try picture().resize(to: size, by: resampling, into: pixels)
        }
        guard let start = pixels.baseAddress else { return }
        try self.start()
        var resampler = try Resampler(from: stored, to: size, by: resampling, into: start)
        let row = RowBuffer(bytes: stored.width * Picture.channels)
        for _ in 0..<stored.height {
            try readRow(into: row.start)
            resampler.push(row.start)
        }
        try finish()
    }

    private mutating func read(into pixels: UnsafeMutableBufferPointer<UInt8>) throws(ImagingError) {
        guard let start = pixels.baseAddress else { return }
        try self.start()
        if header.orientation == 1 {
            try readUpright(into: start)
        } else {
            try readTurned(into: start)
        }
        try finish()
    }

    private mutating func readUpright(into pixels: UnsafeMutablePointer<UInt8>) throws(ImagingError) {
        for y in 0..<stored.height {
            try readRow(into: pixels + y * stored.width * Picture.channels)
        }
    }

    private mutating func readTurned(into pixels: UnsafeMutablePointer<UInt8>) throws(ImagingError) {
        let rowSize = stored.width * Picture.channels
        let rows = RowBuffer(bytes: rowSize * min(Self.strip, stored.height))
        for first in stride(from: 0, to: stored.height, by: Self.strip) {
            let count = min(Self.strip, stored.height - first)
            for row in 0..<count {
                try readRow(into: rows.start + row * rowSize)
            }
            imaging_orient_rows(
                rows.start, first, count, stored.width, stored.height, Int32(header.orientation), pixels)
        }
    }
}
