import Glibc

/// The addresses that lead from a machine to itself alone.
public enum Loopback {
    /// True for `localhost`, for every address within 127.0.0.0/8, and for `::1` however it is written, without brackets.
    public static func isNamed(by name: String) -> Bool {
        if name.lowercased() == "localhost" { return true }
        var four = in_addr()
        if inet_pton(AF_INET, name, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        var six = in6_addr()
        guard inet_pton(AF_INET6, name, &six) == 1 else { return false }
        let bytes = withUnsafeBytes(of: six) { Array($0) }
        // The second is an address of version 4 written as one of version 6.
        return bytes == Array(repeating: 0, count: 15) + [1]
            || bytes.prefix(13) == Array(repeating: 0, count: 10) + [255, 255, 127]
    }
}
