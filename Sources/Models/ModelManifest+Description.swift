public import Density
import Digest
public import Inference

extension ModelManifest {
    /// From pixels to the network's input values.
    public var preprocessing: Preprocessing {
        Preprocessing(colour: input.colour, mean: input.mean.map { Float($0) }, scale: input.scale.map { Float($0) })
    }

    /// The network for one engine, with the files that lie beside the manifest; each file's digest is checked.
    /// - Parameter folder: where the paths of the manifest begin.
    /// - Throws: `ModelsError.engineUnsupported`, `.unreadable` or `.digestMismatch`.
    public func description(
        for engine: EngineKind, filesIn folder: String
    ) throws(ModelsError) -> NetworkDescription {
        try description(for: engine) { folder + "/" + $0.path }
    }

    /// The network for one engine, with the files of a store; each file's digest is checked.
    /// - Throws: `ModelsError.engineUnsupported`, `.unreadable` or `.digestMismatch`.
    public func description(for engine: EngineKind, in store: ModelStore) throws(ModelsError) -> NetworkDescription {
        try description(for: engine) { store.path(of: $0.sha256) }
    }

    private func description(
        for engine: EngineKind, path: (File) -> String
    ) throws(ModelsError) -> NetworkDescription {
        var located: [NetworkDescription.File] = []
        let files = try files(for: engine)
        for file in files {
            let path = path(file)
            // A simulated card keeps only time: it needs the batch sizes, not the files.
            if engine != .simulated { try Self.check(path, is: file.sha256) }
            located.append(NetworkDescription.File(path: path, batch: file.batch))
        }
        return NetworkDescription(
            name: name, files: located, tile: PixelSize(width: input.width, height: input.height),
            preprocessing: preprocessing, outputStride: output.stride,
            densityScale: Float(output.densityScale * (files.first?.factor ?? 1)))
    }

    /// The files of an engine, smallest batch first. A simulated card stands in for a BM1684 where the model has files
    /// for one, else for the CPU.
    private func files(for engine: EngineKind) throws(ModelsError) -> [File] {
        let files = engine == .simulated ? files[.bm1684] ?? files[.openvino] : files[engine]
        guard let files else {
            let supported = self.files.keys.map(\.rawValue).sorted()
            throw .engineUnsupported(model: name, engine: engine.rawValue, supported: supported)
        }
        return files.sorted { $0.batch < $1.batch }
    }

    private static func check(_ path: String, is digest: SHA256Digest) throws(ModelsError) {
        let found = try FileContent.digest(path)
        guard found == digest else {
            throw .digestMismatch(path: path, found: found.description, needed: digest.description)
        }
    }
}
