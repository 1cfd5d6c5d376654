import Density
import Digest
import Inference

extension ModelManifest: Codable {
    private static let keys = ["name", "description", "licence", "input", "output", "plan", "files", "origin"]

    /// Reads the JSON form; keys it does not know are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ManifestKey.self)
        try container.refuseKeys(otherThan: Self.keys)
        name = try container.decode(String.self, forKey: ManifestKey("name"))
        summary = try container.decodeIfPresent(String.self, forKey: ManifestKey("description"))
        licence = try container.decodeIfPresent(String.self, forKey: ManifestKey("licence"))
        input = try container.decode(Input.self, forKey: ManifestKey("input"))
        output = try container.decode(Output.self, forKey: ManifestKey("output"))
        plan = try container.decodeIfPresent(String.self, forKey: ManifestKey("plan")).map { text in
            do throws(TilePlanError) {
                return try TilePlan(text)
            } catch {
                throw DecodingError.dataCorruptedError(
                    forKey: ManifestKey("plan"), in: container, debugDescription: "names an \(error)")
            }
        }
        files = try Self.files(
            in: container.nestedContainer(keyedBy: ManifestKey.self, forKey: ManifestKey("files")))
        origin = try container.decodeIfPresent(ModelOrigin.self, forKey: ManifestKey("origin"))
        if let fault = firstFault() { throw fault }
    }

    /// Writes the JSON form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: ManifestKey.self)
        try container.encode(name, forKey: ManifestKey("name"))
        try container.encodeIfPresent(summary, forKey: ManifestKey("description"))
        try container.encodeIfPresent(licence, forKey: ManifestKey("licence"))
        try container.encode(input, forKey: ManifestKey("input"))
        try container.encode(output, forKey: ManifestKey("output"))
        try container.encodeIfPresent(plan?.description, forKey: ManifestKey("plan"))
        try container.encodeIfPresent(origin, forKey: ManifestKey("origin"))
        var engines = container.nestedContainer(keyedBy: ManifestKey.self, forKey: ManifestKey("files"))
        for (engine, files) in files {
            try engines.encode(files, forKey: ManifestKey(engine.rawValue))
        }
    }

    private static func files(in container: KeyedDecodingContainer<ManifestKey>) throws -> [EngineKind: [File]] {
        try container.refuseKeys(otherThan: EngineKind.allCases.filter { $0 != .simulated }.map(\.rawValue))
        var files: [EngineKind: [File]] = [:]
        // In order, so that of two faults the same one is told every time.
        for key in container.allKeys.sorted(by: { $0.stringValue < $1.stringValue }) {
            guard let engine = EngineKind(rawValue: key.stringValue) else { continue }
            files[engine] = try container.decode([File].self, forKey: key)
        }
        return files
    }
}

extension ModelManifest.Input: Codable {
    /// Reads the JSON form; keys it does not know are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ManifestKey.self)
        try container.refuseKeys(otherThan: ["width", "height", "colour", "mean", "scale"])
        width = try container.wholeNumber("width")
        height = try container.wholeNumber("height")
        colour = try container.word("colour")
        mean = try container.decode([Double].self, forKey: ManifestKey("mean"))
        scale = try container.decode([Double].self, forKey: ManifestKey("scale"))
    }

    /// Writes the JSON form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: ManifestKey.self)
        try container.encode(width, forKey: ManifestKey("width"))
        try container.encode(height, forKey: ManifestKey("height"))
        try container.encode(colour.rawValue, forKey: ManifestKey("colour"))
        try container.encode(mean, forKey: ManifestKey("mean"))
        try container.encode(scale, forKey: ManifestKey("scale"))
    }
}

extension ModelManifest.Output {
    /// Reads the JSON form; keys it does not know are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ManifestKey.self)
        try container.refuseKeys(otherThan: ["stride", "densityScale"])
        stride = try container.wholeNumber("stride")
        densityScale = try container.decode(Double.self, forKey: ManifestKey("densityScale"))
    }
}

extension ModelManifest.File {
    /// Reads the JSON form; keys it does not know are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: ManifestKey.self)
        try container.refuseKeys(otherThan: ["path", "batch", "sha256", "factor"])
        path = try container.decode(String.self, forKey: ManifestKey("path"))
        batch = try container.wholeNumber("batch")
        sha256 = try container.decode(SHA256Digest.self, forKey: ManifestKey("sha256"))
        factor = try container.decodeIfPresent(Double.self, forKey: ManifestKey("factor"))
    }
}
