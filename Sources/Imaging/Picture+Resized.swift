public import Density

extension Picture {
    /// This picture at another size, bit for bit what `PictureDecoder.decode(_:resizedTo:by:)` makes of its file.
    public func resized(to target: PixelSize, by resampling: Resampling = .bilinear) throws(ImagingError) -> Picture {
        if target == size { return self }
        return try Picture(size: target) { resized throws(ImagingError) in
            try resize(to: target, by: resampling, into: resized)
        }
    }

    /// The same into memory of the caller's, `target.area * 3` bytes.
    func resize(
        to target: PixelSize, by resampling: Resampling, into resized: UnsafeMutableBufferPointer<UInt8>
    ) throws(ImagingError) {
        guard let start = resized.baseAddress else { return }
        var resampler = try Resampler(from: size, to: target, by: resampling, into: start)
        pixels.withUnsafeBufferPointer { source in
            guard let rows = source.baseAddress else { return }
            for y in 0..<size.height {
                resampler.push(rows + y * size.width * Self.channels)
            }
        }
    }
}
