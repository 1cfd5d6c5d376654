public import Inference

/// A model whose files were made and not yet written where people look for them.
public struct BuiltModel: Sendable {
    struct File: Sendable {
        let path: String
        let name: String
        let engine: EngineKind
        let batch: Int
        let factor: Double?
    }

    /// Its name.
    public let name: String
    /// What it was made from; `nil` where that is not told.
    public let origin: ModelOrigin?
    private(set) var files: [File] = []

    /// A model without files.
    public init(name: String, origin: ModelOrigin?) {
        self.name = name
        self.origin = origin
    }

    /// Adds a file that lies at `path`.
    /// - Parameters:
    ///   - name: what it is to be called.
    ///   - factor: what its output is multiplied by beside the model's density scale.
    public mutating func add(
        _ path: String, as name: String, for engine: EngineKind, batch: Int, factor: Double? = nil
    ) {
        files.append(File(path: path, name: name, engine: engine, batch: batch, factor: factor))
    }
}
