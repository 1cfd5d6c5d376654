import Density
import Imaging
import TestSupport
import Testing

@testable import Isolation

struct DecoderMessageTests {
    private static let header = PictureHeader(
        format: .tiff, size: PixelSize(width: 3, height: 70_000), orientation: 6, frames: 9, isCopy: true,
        isStreamable: false, heldBytes: 12)

    @Test("a header arrives as it was sent, and so does a refusal")
    func replies() throws {
        let refusal = ImagingError.corrupt(format: .png, reason: "no \"end\"")
        for outcome in [Result.success(Self.header), .failure(refusal)] {
            let message = try DecoderReply(outcome: outcome).message
            #expect(try DecoderReply(message: message).outcome == outcome)
            #expect(message.count <= DecoderMessage.most)
        }
    }

    @Test("a request arrives as it was sent", arguments: [true, false])
    func requests(_ isFull: Bool) throws {
        let target = DecoderRequest.Target(size: PixelSize(width: 5, height: 6), resampling: .area, place: 4096)
        let sent = DecoderRequest(
            limits: ImagingLimits(maximumPixels: 1, maximumBytes: 2, maximumFrames: 3, tolerateTruncation: true),
            encodedBytes: 7, page: 8, target: isFull ? target : nil, areaBytes: isFull ? 1 << 24 : nil)
        #expect(String(reflecting: try DecoderRequest(message: sent.message)) == String(reflecting: sent))
    }

    @Test("an answer that is cut short, or says what cannot be, is refused")
    func implausible() throws {
        let good = try DecoderReply(outcome: .success(Self.header)).message
        for length in 0..<good.count {
            #expect(throws: DecoderMessage.Implausible.self) { try DecoderReply(message: Array(good.prefix(length))) }
        }
        // Verdict, format, width, height, orientation, frames, two flags, bytes held.
        for place in 0..<good.count / 8 {
            var bad = good
            bad[place * 8 + 7] = 0xFF
            #expect(throws: DecoderMessage.Implausible.self) { try DecoderReply(message: bad) }
        }
        var nothing = DecoderMessage()
        nothing.append(false)
        for reason in [
            "", "{}", "{\"truncated\":{\"format\":\"gif\"}}", "\u{1B}[31m", "\"\\u001b\"",
            "{\"decoderUnavailable\":{\"reason\":\"none\"}}",
        ] {
            #expect(throws: (any Error).self) { try DecoderReply(message: nothing.bytes + Array(reason.utf8)) }
        }
    }
}
