import Density
import Imaging

/// What a decoder's process is asked for. The encoded picture lies at the start of the shared area.
struct DecoderRequest {
    /// What is wanted of the picture beside its header.
    struct Target {
        let size: PixelSize
        let resampling: Resampling
        /// Where in the area the pixels go, in bytes.
        let place: Int
    }

    let limits: ImagingLimits
    let encodedBytes: Int
    let page: Int
    /// `nil` where the header alone is wanted.
    let target: Target?
    /// Bytes of the area that comes with the request; `nil` where it is the one that came before.
    let areaBytes: Int?

    var message: [UInt8] {
        var message = DecoderMessage()
        message.append(limits.maximumPixels)
        message.append(limits.maximumBytes)
        message.append(limits.maximumFrames)
        message.append(limits.tolerateTruncation)
        message.append(encodedBytes)
        message.append(page)
        message.append(areaBytes ?? 0)
        if let target {
            message.append(target.size)
            message.append(target.resampling == .area)
            message.append(target.place)
        }
        return message.bytes
    }
}

extension DecoderRequest {
    init(message: [UInt8]) throws(DecoderMessage.Implausible) {
        var message = DecoderMessage(received: message)
        limits = ImagingLimits(
            maximumPixels: try message.integer(), maximumBytes: try message.integer(),
            maximumFrames: try message.integer(), tolerateTruncation: try message.flag())
        encodedBytes = try message.integer()
        page = try message.integer()
        let area = try message.integer()
        areaBytes = area == 0 ? nil : area
        target =
            message.rest.isEmpty
            ? nil
            : Target(
                size: try message.size(), resampling: try message.flag() ? .area : .bilinear,
                place: try message.integer())
    }
}
