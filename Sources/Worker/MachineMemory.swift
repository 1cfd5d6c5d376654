import Glibc

/// How much memory this process may use.
public enum MachineMemory {
    /// The machine's, or what the control group leaves of it; in bytes.
    public static var bytes: Int {
        let physical = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        guard let limit = controlGroupLimit else { return physical }
        return min(physical, limit)
    }

    /// The limit of the group that a container runs in; a process that is in a group below it sees that one alone.
    private static var controlGroupLimit: Int? {
        for path in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
            guard let file = fopen(path, "r") else { continue }
            defer { fclose(file) }
            var text = [CChar](repeating: 0, count: 32)
            guard fgets(&text, Int32(text.count), file) != nil else { continue }
            let digits = text.prefix { (48...57).contains($0) }.map { UInt8(bitPattern: $0) }
            // "max" has no digits.
            if let limit = Int(String(decoding: digits, as: UTF8.self)) { return limit }
        }
        return nil
    }
}
