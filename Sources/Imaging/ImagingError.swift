public import Density

/// Why a picture could not be read or written.
public enum ImagingError: Error, Equatable, Codable, CustomStringConvertible {
    /// The bytes start like no format that is read; `start` is their first bytes in hexadecimal.
    case notAPicture(bytes: Int, start: String)
    /// The format is read, this feature of it is not.
    case unsupported(format: PictureFormat, what: String)
    /// The bytes contradict their format.
    case corrupt(format: PictureFormat, reason: String)
    /// The bytes end before the picture does.
    case truncated(format: PictureFormat)
    /// More pixels than the limit.
    case tooManyPixels(size: PixelSize, limit: Int)
    /// More bytes than the limit.
    case tooManyBytes(bytes: Int, limit: Int)
    /// More pages or frames than the limit.
    case tooManyFrames(frames: Int, limit: Int)
    /// Decoding takes more memory than there is for pictures; nothing was decoded.
    case tooMuchMemory(size: PixelSize, bytes: Int, limit: Int)
    /// Memory could not be had.
    case outOfMemory(what: String)
    /// The picture has no page of this number; the first is 1.
    case noSuchPage(page: Int, pages: Int)
    /// The process that decoded it ended on it, which nothing else was lost by.
    case decoderDied(how: String)
    /// Decoding took longer than this, and was ended.
    case tookTooLong(seconds: Int)
    /// There is no process to decode in: the fault of the machine, not of the picture.
    case decoderUnavailable(reason: String)
    /// The task that asked was cancelled.
    case cancelled
    /// The picture cannot be written in this format.
    case encodingRefused(format: PictureFormat, reason: String)

    /// One line for people.
    public var description: String {
        switch self {
        case .notAPicture(let bytes, let start):
            "not a JPEG, PNG, WebP or TIFF picture: \(bytes) bytes that start with \(start.isEmpty ? "nothing" : start)"
        case .unsupported(let format, let what):
            "this kind of \(format.title) is not read: \(what)"
        case .corrupt(let format, let reason):
            "damaged \(format.title): \(reason)"
        case .truncated(let format):
            "the \(format.title) is cut short: fetch it again"
        case .tooManyPixels(let size, let limit):
            "a picture of \(size) has \(size.area) pixels, more than the limit of \(limit)"
        case .tooManyBytes(let bytes, let limit):
            "a picture of \(bytes) bytes is larger than the limit of \(limit)"
        case .tooManyFrames(let frames, let limit):
            "a picture of \(frames) pages or frames has more than the limit of \(limit)"
        case .tooMuchMemory(let size, let bytes, let limit):
            "decoding a picture of \(size) takes \(bytes) bytes, more than the \(limit) that this worker "
                + "has for pictures: give it more with --memory, then headcount retry"
        case .outOfMemory(let what):
            "no memory for \(what)"
        case .noSuchPage(let page, let pages):
            "it has no page \(page), only \(pages)"
        case .decoderDied(let how):
            "the decoder's process ended on it: \(how)"
        case .tookTooLong(let seconds):
            "decoding it took more than \(seconds) seconds"
        case .decoderUnavailable(let reason):
            "no process to decode pictures in: \(reason)"
        case .cancelled:
            "decoding it was cancelled"
        case .encodingRefused(let format, let reason):
            "cannot write a \(format.title): \(reason)"
        }
    }
}
