/// The pixels of a picture, for all its copies.
final class PixelMemory: Sendable {
    let pixels: [UInt8]
    private let release: (@Sendable ([UInt8]) -> Void)?

    init(_ pixels: [UInt8], release: (@Sendable ([UInt8]) -> Void)?) {
        self.pixels = pixels
        self.release = release
    }

    deinit {
        release?(pixels)
    }
}
