import Density
import Digest
import FoundationEssentials
import Glibc
import Models

/// A model that simulated cards alone can run: its files hold no network.
struct FleetModel {
    /// The manifest.
    let path: String
    private let folder: String

    init(tile: PixelSize) throws {
        var template = Array("/tmp/headcount-model-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw ModelsError.unwritable(path: "/tmp", reason: String(cString: strerror(errno)))
        }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        path = folder + "/fleet.json"
        let files = try [1, 4].map { batch in
            let content = Array("batch \(batch)".utf8)
            try Self.write(content, to: "\(folder)/b\(batch)")
            return "{\"path\": \"b\(batch)\", \"batch\": \(batch), \"sha256\": \"\(try SHA256Digest(of: content))\"}"
        }
        let manifest = """
            {"name": "fleet", "plan": "grid:2x2",
             "input": {"width": \(tile.width), "height": \(tile.height), "colour": "rgb",
                       "mean": [0, 0, 0], "scale": [1, 1, 1]},
             "output": {"stride": 8, "densityScale": 1},
             "files": {"bm1684": [\(files.joined(separator: ", "))]}}
            """
        try Self.write(Array(manifest.utf8), to: path)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static func write(_ content: [UInt8], to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: Data(content)) else {
            throw ModelsError.unwritable(path: path, reason: "the file cannot be written")
        }
    }
}
