import Arguments
import Imaging
import Isolation

/// Where pictures are decoded: the same wherever pictures come from people nobody knows.
enum DecoderOptions {
    static let inside = Option(
        flag: "decode-inside",
        "Decode pictures within this process: a little faster, but a picture that crashes a decoder ends it.")

    /// A decoder of this many pictures at once: processes of this very program, unless the options say otherwise.
    static func decoder(
        _ invocation: Invocation, limits: ImagingLimits = .init(), atOnce count: Int
    ) -> any PictureDecoding {
        // The link to the running program, so that a program that was replaced meanwhile starts its own kind.
        invocation.has(inside.name)
            ? PictureDecoder(limits: limits) : DecoderPool(program: "/proc/self/exe", limits: limits, processes: count)
    }

    /// Starts what the decoder will first need beside this process.
    static func prepare(_ decoder: any PictureDecoding) async {
        await (decoder as? DecoderPool)?.prepare()
    }

    /// What a decoder used beside this process.
    static func usage(of decoder: any PictureDecoding) async -> DecoderUsage {
        await (decoder as? DecoderPool)?.usage ?? .none
    }
}
