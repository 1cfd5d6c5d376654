import Glibc

/// Whole files, with the system's own words for what is wrong.
enum WholeFile {
    /// - Throws: `EvaluationError.unreadable`.
    static func read(_ path: String) throws(EvaluationError) -> [UInt8] {
        guard let file = fopen(path, "re") else { throw .unreadable(path: path, reason: systemMessage()) }
        defer { fclose(file) }
        var content: [UInt8] = []
        while true {
            let piece = [UInt8](unsafeUninitializedCapacity: 1 << 18) { buffer, count in
                count = fread(buffer.baseAddress, 1, buffer.count, file)
            }
            content += piece
            if piece.count < 1 << 18 { break }
        }
        guard ferror(file) == 0 else { throw .unreadable(path: path, reason: systemMessage()) }
        return content
    }

    /// Names of the regular files in a folder, sorted; hidden ones are left out.
    /// - Throws: `EvaluationError.unreadable`.
    static func names(in folder: String) throws(EvaluationError) -> [String] {
        guard let stream = opendir(folder) else { throw .unreadable(path: folder, reason: systemMessage()) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            var status = stat()
            guard !name.hasPrefix("."), stat(folder + "/" + name, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFREG { names.append(name) }
        }
        return names.sorted()
    }

    private static func systemMessage() -> String {
        String(cString: strerror(errno))
    }
}
