import FoundationEssentials
import Glibc

/// What processes used that decode.
public struct DecoderUsage: Sendable {
    /// Nothing.
    public static let none = DecoderUsage()

    /// Processor time, in seconds.
    public private(set) var processorSeconds = 0.0
    /// Most memory of their own, in bytes: without what they share with the process that started them.
    public private(set) var ownBytes = 0

    private init() {}

    /// What a process used that was not waited for yet.
    init(ofProcess id: Int32) {
        var clock = clockid_t()
        var time = timespec()
        if clock_getcpuclockid(id, &clock) == 0, clock_gettime(clock, &time) == 0 {
            processorSeconds = Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
        }
        ownBytes = Self.ownBytes(ofProcess: id)
    }

    /// Of processes that ran beside each other.
    static func + (one: DecoderUsage, other: DecoderUsage) -> DecoderUsage {
        var both = one
        both.processorSeconds += other.processorSeconds
        both.ownBytes += other.ownBytes
        return both
    }

    /// Of processes that followed each other.
    func followed(by other: DecoderUsage) -> DecoderUsage {
        var both = self
        both.processorSeconds += other.processorSeconds
        both.ownBytes = max(ownBytes, other.ownBytes)
        return both
    }

    /// The most memory that was there at once, without files, which the program's own are, and without the shared area.
    /// What `getrusage` tells would begin with the memory of who started the process.
    private static func ownBytes(ofProcess id: Int32) -> Int {
        let status = (try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)) ?? ""
        var kilobytes: [Substring: Int] = [:]
        for line in status.split(separator: "\n") {
            let words = line.split { ":\t ".contains($0) }
            if words.count == 3, let number = Int(words[1]) { kilobytes[words[0]] = number }
        }
        let shared = kilobytes["RssFile", default: 0] + kilobytes["RssShmem", default: 0]
        return max(0, kilobytes["VmHWM", default: 0] - shared) * 1024
    }
}
