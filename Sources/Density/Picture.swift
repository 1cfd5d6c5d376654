/// A decoded picture: 8-bit RGB, interleaved, rows from top to bottom without padding.
public struct Picture: Sendable, Equatable {
    /// Channels of a pixel: red, green, blue.
    public static let channels = 3

    /// Width and height in pixels.
    public let size: PixelSize
    private let memory: PixelMemory

    /// `height * width * 3` bytes; the pixel at (x, y) starts at `(y * width + x) * 3`.
    public var pixels: [UInt8] { memory.pixels }

    /// Takes pixels that are laid out already.
    /// - Parameter release: takes the pixels back when the last copy of the picture goes, on whatever thread that happens,
    ///   so that their memory serves for another; `nil` lets go of it.
    /// - Precondition: `pixels` holds exactly `height * width * 3` bytes.
    public init(size: PixelSize, pixels: [UInt8], release: (@Sendable ([UInt8]) -> Void)? = nil) {
        precondition(pixels.count == size.area * Self.channels, "a \(size) picture of \(pixels.count) bytes")
        self.size = size
        memory = PixelMemory(pixels, release: release)
    }

    /// Lets `body` write every pixel of a new picture into memory that starts undefined.
    public init<Failure: Error>(
        size: PixelSize, fill body: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        let count = size.area * Self.channels
        self.size = size
        // The closure of Array cannot throw a typed error, so a failure is carried over it.
        var failure: Failure?
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(Failure) {
                try body(UnsafeMutableBufferPointer(rebasing: buffer[0..<count]))
            } catch {
                failure = error
            }
            initialized = failure == nil ? count : 0
        }
        if let failure { throw failure }
        memory = PixelMemory(pixels, release: nil)
    }

    /// Whether both show the same.
    public static func == (one: Picture, other: Picture) -> Bool {
        one.size == other.size && one.pixels == other.pixels
    }

    /// One colour everywhere.
    public init(size: PixelSize, colour: PixelColour) {
        self.init(size: size) { buffer in
            for pixel in 0..<size.area {
                let start = pixel * Self.channels
                buffer[start] = colour.red
                buffer[start + 1] = colour.green
                buffer[start + 2] = colour.blue
            }
        }
    }

    /// This picture on a larger canvas, at its top left, the rest filled with `colour`.
    ///
    /// The same picture where it already is at least as large as `least` on both sides.
    public func padded(toAtLeast least: PixelSize, with colour: PixelColour) -> Picture {
        let width = max(size.width, least.width)
        let height = max(size.height, least.height)
        if width == size.width && height == size.height { return self }
        var canvas = Picture(size: PixelSize(width: width, height: height), colour: colour).pixels
        let row = size.width * Self.channels
        for y in 0..<size.height {
            let start = y * width * Self.channels
            canvas.replaceSubrange(start..<start + row, with: pixels[y * row..<(y + 1) * row])
        }
        return Picture(size: PixelSize(width: width, height: height), pixels: canvas)
    }
}
