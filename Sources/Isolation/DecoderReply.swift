import FoundationEssentials
import Imaging

/// What a decoder's process answers. Nothing in it is believed without being looked at: it is what the picture made of it.
struct DecoderReply: Codable {
    /// Of the page; `nil` where it was refused.
    var header: PictureHeader?
    /// Why it was refused.
    var failure: ImagingError?
    /// Processor time of the process so far, in nanoseconds.
    var processorTime: Int
    /// Most memory that it ever used, in bytes.
    var peakBytes: Int

    var message: [UInt8] {
        get throws { Array(try JSONEncoder().encode(self)) }
    }

    init(header: PictureHeader?, failure: ImagingError?, processorTime: Int, peakBytes: Int) {
        self.header = header
        self.failure = failure
        self.processorTime = processorTime
        self.peakBytes = peakBytes
    }

    /// - Throws: where the message is not one that a decoder writes.
    init(message: [UInt8]) throws {
        // Reasons go into logs and tables: printable ASCII is all that an honest one has.
        guard message.allSatisfy({ 0x20..<0x7F ~= $0 }), !message.contains(Array("\\u".utf8)) else {
            throw Implausible()
        }
        self = try JSONDecoder().decode(DecoderReply.self, from: Data(message))
        if let header, !(1...8).contains(header.orientation) || header.frames < 1 || header.heldBytes < 0 {
            throw Implausible()
        }
    }

    private struct Implausible: Error {}
}
