public import Digest
import FoundationEssentials

extension ModelManifest {
    /// Reads a manifest file.
    /// - Throws: `ModelsError.unreadable`, `.notJSON` or `.invalid`, naming the file.
    public static func load(path: String) throws(ModelsError) -> ModelManifest {
        try ModelManifest(json: FileContent.read(path), source: path)
    }

    /// Reads the JSON text of a manifest.
    /// - Parameter source: what the text is called in messages: a file's path, or a row's name.
    /// - Throws: `ModelsError.notJSON` or `.invalid`.
    public init(json: [UInt8], source: String) throws(ModelsError) {
        if let fault = JSONSyntax.firstFault(in: json) {
            throw .notJSON(manifest: source, line: fault.line, column: fault.column)
        }
        do {
            self = try JSONDecoder().decode(ModelManifest.self, from: Data(json))
        } catch let fault as Fault {
            throw .invalid(manifest: source, key: fault.key, problem: fault.problem)
        } catch {
            let fault = Self.fault(of: error)
            throw .invalid(manifest: source, key: fault.key, problem: fault.problem)
        }
    }

    /// The one JSON text of this manifest: keys sorted, no white space.
    public var canonicalJSON: [UInt8] {
        get throws(ModelsError) {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            do {
                return try Array(encoder.encode(self))
            } catch {
                throw .invalid(manifest: "the manifest of \(name)", key: "it", problem: "has no JSON form: \(error)")
            }
        }
    }

    /// The digest of the canonical JSON, which names the model: it covers the digests of the files.
    public var digest: SHA256Digest {
        get throws(ModelsError) {
            let json = try canonicalJSON
            do {
                return try SHA256Digest(of: json)
            } catch {
                throw .unreadable(path: "the manifest of \(name)", reason: error.description)
            }
        }
    }

    /// What a decoder's error says of a text that is well-formed JSON.
    private static func fault(of error: any Error) -> Fault {
        guard let error = error as? DecodingError else { return Fault(key: "it", problem: "cannot be read: \(error)") }
        switch error {
        case .keyNotFound(let key, let context):
            return Fault(key: path(context.codingPath + [key]), problem: "is missing")
        case .valueNotFound(_, let context):
            return Fault(key: path(context.codingPath), problem: "is null")
        case .typeMismatch(let type, let context):
            return Fault(key: path(context.codingPath), problem: "is not \(words(for: type))")
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            // The text is well-formed, so what the decoder could not take is a number.
            return Fault(key: "it", problem: "holds a number beyond what 64 bits can hold")
        case .dataCorrupted(let context):
            return Fault(key: path(context.codingPath), problem: context.debugDescription)
        @unknown default:
            return Fault(key: "it", problem: "cannot be read: \(error)")
        }
    }

    private static func path(_ keys: [any CodingKey]) -> String {
        let path = keys.reduce(into: "") { path, key in
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += (path.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return path.isEmpty ? "it" : path
    }

    private static func words(for type: any Any.Type) -> String {
        switch type {
        case is Double.Type: "a number"
        case is String.Type: "a text"
        case is [Any].Type, is [Double].Type, is [File].Type: "an array"
        default: "an object"
        }
    }
}
