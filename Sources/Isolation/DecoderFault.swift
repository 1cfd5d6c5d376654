import Glibc

/// Something that goes wrong in a decoder's process, for tests: `crash@N`, `hang@N` or `hoard@N` with every picture of N
/// bytes, and `loose@N` for a kernel that refuses to confine it with error N. The processes' environment is made by whoever starts them, so that no user's can bring one about.
struct DecoderFault {
    static let variable = "HEADCOUNT_DECODER_FAULT"

    private let kind: Substring
    private let encodedBytes: Int

    init?(_ text: String) {
        let parts = text.split(separator: "@")
        guard parts.count == 2, let number = Int(parts[1]) else { return nil }
        kind = parts[0]
        encodedBytes = number
    }

    /// The error to confine the process with; `nil` where it is to be confined.
    var confinement: Int32? { kind == "loose" ? Int32(truncatingIfNeeded: encodedBytes) : nil }

    /// Goes wrong where the picture is meant.
    func strike(at picture: UnsafeBufferPointer<UInt8>) {
        guard picture.count == encodedBytes else { return }
        switch kind {
        case "crash":
            // What a write beyond a buffer comes to.
            UnsafeMutablePointer<UInt8>(bitPattern: 8)?.pointee = 1
        case "hang":
            while true { sched_yield() }
        case "hoard":
            // Ends when the address space does: what is asked for and not there is a crash in Swift, as in most of C.
            var hoard: [[UInt8]] = []
            while true { hoard.append([UInt8](repeating: 1, count: 16 << 20)) }
        default:
            break
        }
    }
}
