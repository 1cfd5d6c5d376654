import CSystem
import Density
import Glibc
import Imaging

/// What a decoder's process does: reads pictures out of an area it shares with the process that started it, and writes
/// their pixels there.
///
/// It is confined: it computes and answers, and nothing else. It ends when the other process does.
public enum DecoderHelper {
    /// The one word that a process is started with to be one.
    public static let word = "decode-pictures"

    /// What a process says first: it is there, and confined where `code` is 0; else that is the system's error.
    static func greeting(confinement code: Int32) -> [UInt8] { Array("ready \(code)".utf8) }

    /// Address space that a picture may take beside what decoding it is known to take.
    private static let slack = 64 << 20
    /// By how much it stands behind the process that started it, of 40 steps.
    private static let niceness: Int32 = 5

    /// Serves the process at the other end of the standard input, until that is gone.
    /// - Returns: the status to end with; `EX_USAGE` where nobody is there to be served.
    public static func run() -> Int32 {
        guard headcount_is_message_socket(STDIN_FILENO) else { return 64 }
        // Whoever stops the worker, or its whole group, lets it finish its pictures.
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_IGN) }
        // As top shows it: the file may be named /proc/self/exe.
        headcount_name_thread(word)
        let fault = getenv(DecoderFault.variable).flatMap { DecoderFault(String(cString: $0)) }
        let base = addressSpace()
        // Behind what computes: a picture that is ready early is of no use, a thread that computes and has to wait is a
        // loss.
        let itself = Int32(PRIO_PROCESS.rawValue)
        setpriority(itself, 0, min(getpriority(itself, 0) + niceness, 19))
        // Where the kernel has no such filters a crash is still kept apart.
        let greeting = greeting(confinement: fault?.confinement ?? headcount_confine())
        guard headcount_send_message(STDIN_FILENO, greeting, greeting.count, -1) == 0 else { return 0 }
        var area: SharedArea?
        while let request = receive(into: &area) {
            guard let shared = area, let encoded = piece(of: shared, at: 0, request.encodedBytes) else { return 65 }
            headcount_limit_address_space(base + shared.bytes.count + slack)
            let reply = reply(to: request, encoded, shared, base: base, fault)
            guard let message = try? reply.message,
                headcount_send_message(STDIN_FILENO, message, message.count, -1) == 0
            else { break }
            if shared.bytes.count > SharedArea.largestKept { area = nil }
        }
        return 0
    }

    private static func receive(into area: inout SharedArea?) -> DecoderRequest? {
        withUnsafeTemporaryAllocation(byteCount: DecoderMessage.most, alignment: 1) { buffer in
            var descriptor: Int32 = -1
            let length = headcount_receive_message(STDIN_FILENO, buffer.baseAddress, buffer.count, &descriptor)
            defer { if descriptor >= 0 { close(descriptor) } }
            guard length > 0, let request = try? DecoderRequest(message: Array(buffer.prefix(length))) else {
                return nil
            }
            if let size = request.areaBytes {
                area = nil
                headcount_limit_address_space(.max)
                area = SharedArea(descriptor: descriptor, size: size)
            }
            return request
        }
    }

    private static func reply(
        to request: DecoderRequest, _ encoded: UnsafeMutableBufferPointer<UInt8>, _ area: SharedArea, base: Int,
        _ fault: DecoderFault?
    ) -> DecoderReply {
        do throws(ImagingError) {
            let encoded = UnsafeBufferPointer(encoded)
            let decoder = PictureDecoder(limits: request.limits)
            let header = try decoder.header(of: encoded, page: request.page)
            if let target = request.target {
                fault?.strike(at: encoded)
                guard let pixels = piece(of: area, at: target.place, target.size.area * Picture.channels) else {
                    throw .outOfMemory(what: "pixels beyond the shared area")
                }
                headcount_limit_address_space(
                    base + area.bytes.count + slack
                        + decoder.memory(for: header, of: encoded.count, resizedTo: target.size))
                try decoder.decode(
                    encoded, page: request.page, resizedTo: target.size, by: target.resampling, into: pixels)
            }
            return DecoderReply(outcome: .success(header))
        } catch {
            return DecoderReply(outcome: .failure(error))
        }
    }

    private static func piece(of area: SharedArea, at place: Int, _ count: Int) -> UnsafeMutableBufferPointer<UInt8>? {
        guard place >= 0, count >= 0, place <= area.bytes.count, count <= area.bytes.count - place else { return nil }
        return UnsafeMutableRawBufferPointer(rebasing: area.bytes[place..<place + count])
            .assumingMemoryBound(to: UInt8.self)
    }

    /// Of this process, in bytes; the first number of statm is of pages.
    private static func addressSpace() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 1 << 40 }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 128)
        guard fgets(&text, Int32(text.count), file) != nil else { return 1 << 40 }
        return strtol(text, nil, 10) * Int(getpagesize())
    }
}
