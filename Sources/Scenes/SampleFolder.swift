import Glibc

/// The folder of a sample archive on disk.
struct SampleFolder: Sendable {
    static let pictures = "images"
    static let truth = "truth.csv"
    static let points = "points.csv"
    /// Tells an archive of this program from a folder of the same layout that somebody else filled.
    static let marker = ".headcount-sample"

    let path: String

    /// Makes the folder, or makes sure that an earlier archive lies there, and takes away its lists: from here on it is
    /// not whole.
    func prepare() throws(ScenesError) {
        try make(path)
        let present = try entries(of: path)
        let known = present.contains(Self.marker) ? [Self.marker, Self.pictures, Self.truth, Self.points] : []
        for entry in present where !known.contains(Self.finalName(entry)) {
            throw .foreignFolder(path: path, entry: entry)
        }
        if known.isEmpty { try write([], to: Self.marker) }
        let pictures = path + "/" + Self.pictures
        try make(pictures)
        for entry in try entries(of: pictures) where !Self.isPicture(Self.finalName(entry)) {
            throw .foreignFolder(path: path, entry: Self.pictures + "/" + entry)
        }
        for list in [Self.truth, Self.points] { unlink(path + "/" + list) }
    }

    /// Writes a file under another name, then gives it its own.
    func write(_ bytes: [UInt8], to name: String) throws(ScenesError) {
        let target = path + "/" + name
        let partial = target + Self.partialEnding
        guard let file = fopen(partial, "wb") else { throw .notWritten(path: target, reason: reason()) }
        let written = bytes.withUnsafeBufferPointer { fwrite($0.baseAddress, 1, $0.count, file) }
        let closed = fclose(file)
        guard written == bytes.count, closed == 0, rename(partial, target) == 0 else {
            let failure = ScenesError.notWritten(path: target, reason: reason())
            unlink(partial)
            throw failure
        }
    }

    /// Removes the pictures of an earlier archive that this one does not have.
    func removePictures(except names: [String]) throws(ScenesError) {
        let kept = Set(names)
        for entry in try entries(of: path + "/" + Self.pictures) where !kept.contains(entry) {
            unlink(path + "/" + Self.pictures + "/" + entry)
        }
    }

    private static let partialEnding = ".part"

    /// The name a file that was being written would have got.
    private static func finalName(_ entry: String) -> String {
        entry.hasSuffix(partialEnding) ? String(entry.dropLast(partialEnding.count)) : entry
    }

    /// Digits and the ending of a picture.
    private static func isPicture(_ name: String) -> Bool {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].count >= 4 && parts[0].allSatisfy { ("0"..."9").contains($0) }
            && (parts[1] == "jpg" || parts[1] == "png")
    }

    private func make(_ folder: String) throws(ScenesError) {
        guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
            throw .notWritten(path: folder, reason: reason())
        }
    }

    private func entries(of folder: String) throws(ScenesError) -> [String] {
        guard let directory = opendir(folder) else { throw .notWritten(path: folder, reason: reason()) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private func reason() -> String { String(cString: strerror(errno)) }
}
