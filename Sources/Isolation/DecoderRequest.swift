import Density
import FoundationEssentials
import Imaging

/// What a decoder's process is asked for. The encoded picture lies at the start of the shared area.
struct DecoderRequest: Codable {
    /// What is wanted of the picture beside its header.
    struct Target: Codable {
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
        get throws { Array(try JSONEncoder().encode(self)) }
    }

    init(
        limits: ImagingLimits, encodedBytes: Int, page: Int, target: Target?, areaBytes: Int?
    ) {
        self.limits = limits
        self.encodedBytes = encodedBytes
        self.page = page
        self.target = target
        self.areaBytes = areaBytes
    }

    init(message: some Sequence<UInt8>) throws {
        self = try JSONDecoder().decode(DecoderRequest.self, from: Data(message))
    }
}
