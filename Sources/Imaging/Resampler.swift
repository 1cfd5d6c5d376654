import CImaging
import Density

/// Brings rows to another size as they come; owns the C resampler.
struct Resampler: ~Copyable {
    private let resampler: UnsafeMutablePointer<ImagingResampler>

    /// A resampler that writes to `pixels`, `target.area * 3` bytes which stay where they are for as long as it lives.
    init(
        from source: PixelSize, to target: PixelSize, by resampling: Resampling,
        into pixels: UnsafeMutablePointer<UInt8>
    ) throws(ImagingError) {
        let method = resampling == .area ? ImagingResamplingArea : ImagingResamplingBilinear
        guard
            let fromWidth = UInt32(exactly: source.width), let fromHeight = UInt32(exactly: source.height),
            let toWidth = UInt32(exactly: target.width), let toHeight = UInt32(exactly: target.height),
            let opened = imaging_resampler_open(
                ImagingResize(
                    from_width: fromWidth, from_height: fromHeight, to_width: toWidth, to_height: toHeight,
                    picture: pixels, kernels: ImagingKernelsFastest),
                method)
        else { throw .outOfMemory(what: "resizing \(source) to \(target)") }
        resampler = opened
    }

    deinit {
        imaging_resampler_close(resampler)
    }

    /// Takes the next row of the source; the last one completes the picture.
    mutating func push(_ row: UnsafePointer<UInt8>) {
        imaging_resampler_push(resampler, row)
    }
}
