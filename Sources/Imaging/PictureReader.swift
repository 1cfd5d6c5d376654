import CImaging
import Density

/// One picture being read, row by row; owns the C reader and borrows the bytes.
struct PictureReader: ~Copyable {
    let header: PictureHeader
    /// The size of the rows as they come, before the orientation is applied.
    let stored: PixelSize

    private let reader: UnsafeMutablePointer<ImagingReader>

    /// Reads the header and refuses what is over the limits.
    /// - Parameters:
    ///   - bytes: stay where they are for as long as the reader lives.
    ///   - page: the first is 0.
    init(
        _ bytes: UnsafeBufferPointer<UInt8>, page: Int, of format: PictureFormat, limits: ImagingLimits
    ) throws(ImagingError) {
        let opened: UnsafeMutablePointer<ImagingReader>? =
            switch format {
            case .jpeg: imaging_jpeg_open(bytes.baseAddress, bytes.count, limits.tolerateTruncation)
            case .png: imaging_png_open(bytes.baseAddress, bytes.count, limits.tolerateTruncation)
            case .webp: imaging_webp_open(bytes.baseAddress, bytes.count, limits.tolerateTruncation)
            case .tiff:
                imaging_tiff_open(
                    bytes.baseAddress, bytes.count, UInt32(clamping: page), limits.tolerateTruncation)
            }
        guard let opened else { throw .outOfMemory(what: "a reader of \(format.title)") }
        do throws(ImagingError) {
            try Self.check(opened, format)
            header = try Self.header(of: opened.pointee, format, page: page, within: limits)
        } catch {
            imaging_reader_close(opened)
            throw error
        }
        stored = PixelSize(width: Int(opened.pointee.width), height: Int(opened.pointee.height))
        reader = opened
    }

    deinit {
        imaging_reader_close(reader)
    }

    /// Makes ready for the first row.
    mutating func start() throws(ImagingError) {
        imaging_reader_start(reader)
        try Self.check(reader, header.format)
    }

    /// Writes the next row, `stored.width * 3` bytes; called `stored.height` times at most.
    mutating func readRow(into row: UnsafeMutablePointer<UInt8>) throws(ImagingError) {
        imaging_reader_read_row(reader, row)
        try Self.check(reader, header.format)
    }

    /// Reads what follows the last row.
    mutating func finish() throws(ImagingError) {
        imaging_reader_finish(reader)
        try Self.check(reader, header.format)
    }

    private static func header(
        of opened: ImagingReader, _ format: PictureFormat, page: Int, within limits: ImagingLimits
    ) throws(ImagingError) -> PictureHeader {
        guard opened.width > 0, opened.height > 0 else { throw .corrupt(format: format, reason: "it has no pixels") }
        // Sides are 32 bits wide and may come to more pixels than a number holds.
        let (area, isOver) = Int(opened.width).multipliedReportingOverflow(by: Int(opened.height))
        guard !isOver, area <= limits.maximumPixels, max(opened.width, opened.height) <= Int32.max else {
            let most = UInt32(Int32.max)
            throw .tooManyPixels(
                size: PixelSize(width: Int(min(opened.width, most)), height: Int(min(opened.height, most))),
                limit: limits.maximumPixels)
        }
        let stored = PixelSize(width: Int(opened.width), height: Int(opened.height))
        guard opened.frames <= limits.maximumFrames else {
            throw .tooManyFrames(frames: Int(opened.frames), limit: limits.maximumFrames)
        }
        guard page < (format == .tiff ? Int(opened.frames) : 1) else {
            throw .noSuchPage(page: page + 1, pages: format == .tiff ? Int(opened.frames) : 1)
        }
        let orientation = Int(opened.orientation)
        return PictureHeader(
            format: format,
            size: orientation < 5 ? stored : PixelSize(width: stored.height, height: stored.width),
            orientation: orientation,
            frames: Int(opened.frames),
            isCopy: opened.is_copy,
            isStreamable: orientation == 1 && !opened.buffers_whole,
            heldBytes: Int(clamping: opened.held_bytes))
    }

    private static func check(
        _ reader: UnsafeMutablePointer<ImagingReader>, _ format: PictureFormat
    ) throws(ImagingError) {
        let status = reader.pointee.status
        if status == ImagingStatusOk { return }
        let reason = String(reason: reader.pointee.reason)
        switch status {
        case ImagingStatusTruncated: throw .truncated(format: format)
        case ImagingStatusUnsupported: throw .unsupported(format: format, what: reason)
        case ImagingStatusNoMemory: throw .outOfMemory(what: "decoding a \(format.title): \(reason)")
        default: throw .corrupt(format: format, reason: reason)
        }
    }
}
