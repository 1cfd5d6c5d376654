import Glibc

/// What this process uses, as the kernel tells it.
public enum ProcessUsage {
    /// Memory in use, in bytes; `nil` where /proc is not there.
    public static var residentBytes: Int? {
        // The second number is of pages.
        text(of: "/proc/self/statm")?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            .map { $0 * Int(getpagesize()) }
    }

    /// Most memory that was ever in use, in bytes.
    public static var peakResidentBytes: Int {
        usage(RUSAGE_SELF).ru_maxrss * 1024
    }

    /// Processor time of all threads, in seconds, the kernel's share included.
    public static var cpuSeconds: Double {
        let used = usage(RUSAGE_SELF)
        return seconds(used.ru_utime) + seconds(used.ru_stime)
    }

    /// Processor time of the processes it started and that have ended, in seconds.
    public static var childrenCPUSeconds: Double {
        let used = usage(RUSAGE_CHILDREN)
        return seconds(used.ru_utime) + seconds(used.ru_stime)
    }

    static var openDescriptors: Int? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var entries = 0
        while readdir(folder) != nil { entries += 1 }
        // Without `.`, `..` and the folder itself.
        return max(0, entries - 3)
    }

    private static func usage(_ whose: __rusage_who) -> rusage {
        var used = rusage()
        getrusage(__rusage_who_t(whose.rawValue), &used)
        return used
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000
    }

    private static func text(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }
}
