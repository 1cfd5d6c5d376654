import Glibc

/// Finds processes of this machine by a variable of their environment.
public enum ProcessSearch {
    /// The processes whose variable `name` has a value that `isMeant`, this one left out.
    ///
    /// Those of other users are found by root alone.
    public static func processes(with name: String, where isMeant: (String) -> Bool) -> [Int32] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var found: [Int32] = []
        while let entry = readdir(directory) {
            let text = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let process = Int32(text), process != getpid(), let value = value(of: name, in: process) else {
                continue
            }
            if isMeant(value) { found.append(process) }
        }
        return found
    }

    /// True while a process of that number has not ended. One that ended and that its parent has not asked about yet has.
    public static func exists(_ process: Int32) -> Bool {
        // NUMBER (NAME) STATE ..., and a name may hold anything.
        let status = content(of: "/proc/\(process)/stat")
        guard let name = status.lastIndex(of: UInt8(ascii: ")")), name + 2 < status.count else {
            return kill(process, 0) == 0 || errno == EPERM
        }
        return ![UInt8(ascii: "Z"), UInt8(ascii: "X")].contains(status[name + 2])
    }

    private static func value(of name: String, in process: Int32) -> String? {
        let lead = Array("\(name)=".utf8)
        return content(of: "/proc/\(process)/environ").split(separator: 0).first { $0.starts(with: lead) }
            .map { String(decoding: $0.dropFirst(lead.count), as: UTF8.self) }
    }

    /// Nothing where it cannot be read.
    private static func content(of path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let length = read(file, &buffer, buffer.count)
            guard length > 0 else { break }
            content += buffer.prefix(length)
        }
        return content
    }
}
