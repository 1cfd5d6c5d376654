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
    /// - Parameter warn: told where that can do more than compute.
    static func prepare(_ decoder: any PictureDecoding, _ warn: (String) -> Void) async {
        guard let pool = decoder as? DecoderPool else { return }
        await pool.prepare()
        // A process that cannot be started is told of with the first picture.
        guard let looseness = try? await pool.looseness else { return }
        warn(
            "the processes that decode pictures are not confined (\(looseness)): a picture that takes one over can do what "
                + "this user can; a kernel with seccomp filters is needed")
    }

    /// What a decoder used beside this process.
    static func usage(of decoder: any PictureDecoding) async -> DecoderUsage {
        await (decoder as? DecoderPool)?.usage ?? .none
    }
}
