import Glibc
import Imaging
import TestSupport

/// The pictures that Fixtures/make.py wrote, and what OpenCV made of them.
enum Fixtures {
    static let folder = Checkout.root + "/Tests/ImagingTests/Fixtures"

    /// What OpenCV's imread decoded.
    static let decoded: [Reference] = rows(of: "decoded.csv").compactMap { Reference($0) }
    /// What OpenCV's resize made of that.
    static let resized: [Reference] = rows(of: "resized.csv").compactMap { Reference($0) }

    /// What OpenCV made of photographs of the shared data; `file` is a path below its folder `data`.
    static let shared: [Reference] = rows(of: "shared.csv").compactMap { Reference($0) }

    static func picture(_ name: String) throws -> [UInt8] {
        try contents(of: folder + "/pictures/" + name)
    }

    static func contents(of path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw FixtureMissing(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[0..<count]
        }
    }

    private static func rows(of name: String) -> [[String]] {
        let bytes = (try? contents(of: folder + "/" + name)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: ",").map(String.init)
        }
    }
}

/// A file of the fixtures, or of the shared data, that could not be opened.
struct FixtureMissing: Error {
    let path: String
}
