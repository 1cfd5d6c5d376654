import Density
import FoundationEssentials
import Imaging

/// What a decoder's process answers: what the page says of itself, or why it was refused. Nothing in it is believed
/// without being looked at: it is what the picture made of it.
struct DecoderReply {
    let outcome: Result<PictureHeader, ImagingError>

    var message: [UInt8] {
        get throws {
            var message = DecoderMessage()
            switch outcome {
            case .success(let header):
                message.append(true)
                message.append(header)
            case .failure(let error):
                message.append(false)
                message.append(contentsOf: try JSONEncoder().encode(error))
            }
            return message.bytes
        }
    }
}

extension DecoderReply {
    /// - Throws: where the message is not one that a decoder writes.
    init(message: [UInt8]) throws {
        var message = DecoderMessage(received: message)
        if try message.flag() {
            outcome = .success(try message.header())
        } else {
            let reason = message.rest
            // Reasons go into logs and tables: printable ASCII is all that an honest one has.
            guard reason.allSatisfy({ 0x20..<0x7F ~= $0 }), !reason.contains(Array("\\u".utf8)) else {
                throw DecoderMessage.Implausible()
            }
            let error = try JSONDecoder().decode(ImagingError.self, from: Data(reason))
            // Said of decoders by the process that starts them, which ends its work for it: never by one of them.
            if case .decoderUnavailable = error { throw DecoderMessage.Implausible() }
            outcome = .failure(error)
        }
    }
}
