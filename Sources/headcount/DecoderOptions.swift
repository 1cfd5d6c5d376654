import Arguments
import Imaging
import Isolation
import Worker

/// Where pictures are decoded: the same wherever pictures come from people nobody knows.
enum DecoderOptions {
    static let inside = Option(
        flag: "decode-inside",
        "Decode pictures within this process: a little faster, but a picture that crashes a decoder ends it.")

    /// What is kept for all processes together between pictures is this part of the memory for pictures at most.
    private static let keptPart = 8

    /// A decoder of this many pictures at once: processes of this very program, unless the options say otherwise.
    /// - Parameter kept: bytes that may be kept for each process between pictures.
    static func decoder(
        _ invocation: Invocation, limits: ImagingLimits = .init(), atOnce count: Int,
        keeping kept: Int = DecoderPool.mostKept
    ) -> any PictureDecoding {
        // The link to the running program, so that a program that was replaced meanwhile starts its own kind.
        invocation.has(inside.name)
            ? PictureDecoder(limits: limits)
            : DecoderPool(program: "/proc/self/exe", limits: limits, processes: count, keeping: kept)
    }

    /// The decoder of a worker, whose settings are told what it keeps.
    static func decoder(
        _ invocation: Invocation, limits: ImagingLimits = .init(), for settings: inout WorkerSettings
    ) -> any PictureDecoding {
        let count = settings.decodesInFlight ?? settings.cores
        let kept = invocation.has(inside.name) ? 0 : min(DecoderPool.mostKept, settings.memory / keptPart / count)
        settings.keptByDecoders = count * kept
        return decoder(invocation, limits: limits, atOnce: count, keeping: kept)
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
