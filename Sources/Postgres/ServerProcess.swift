import Glibc

/// A running server, as its `postmaster.pid` tells of it.
///
/// The lines of the file are those of `src/include/utils/pidfile.h`: process, data folder, start time, port, socket
/// folder, listen address, shared memory, state.
struct ServerProcess: Equatable {
    let processID: pid_t
    let port: String
    let socketFolder: String

    /// - Returns: `nil` where no server runs on the data folder, also where the file is there and its process is not,
    ///   or is another program that got the number since.
    init?(data: String) {
        guard let contents = Self.contents(Self.file(in: data)) else { return nil }
        let lines = String(decoding: contents, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
        guard let processID = lines.first.flatMap({ pid_t($0) }), Self.isServer(processID, data: data) else {
            return nil
        }
        self.processID = processID
        port = lines.count > 3 ? String(lines[3]) : ""
        socketFolder = lines.count > 4 ? String(lines[4]) : ""
    }

    /// Removes the file that a killed server left, where its number has gone to another program meanwhile: the next
    /// server would take that for its predecessor. In any other case PostgreSQL judges the file itself.
    static func removeStaleFile(in data: String) {
        guard let processID = recorded(in: data), let name = contents("/proc/\(processID)/comm") else { return }
        let program = String(decoding: name, as: UTF8.self).filter { !$0.isNewline }
        if program != "postgres" && program != "postmaster" { unlink(file(in: data)) }
    }

    private static func file(in data: String) -> String { data + "/postmaster.pid" }

    private static func recorded(in data: String) -> pid_t? {
        contents(file(in: data)).flatMap { pid_t(String(decoding: $0.prefix { $0 != 10 }, as: UTF8.self)) }
    }

    /// By the command line, which all may read, or else by the working folder, which root in a container may not.
    private static func isServer(_ processID: pid_t, data: String) -> Bool {
        let arguments = contents("/proc/\(processID)/cmdline")?.split(separator: 0) ?? []
        if arguments.contains(where: { $0.elementsEqual(data.utf8) }) { return true }
        guard let folder = realpath("/proc/\(processID)/cwd", nil) else { return false }
        defer { free(folder) }
        return String(cString: folder) == data
    }

    /// The first 16 KB of a small file; those of /proc say that they are empty until they are read.
    private static func contents(_ path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let length = read(file, &bytes, bytes.count)
        return length < 0 ? nil : Array(bytes.prefix(length))
    }
}
