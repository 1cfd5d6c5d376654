public import Archive
public import Counting
import Density
import Digest
public import Fetch
public import Imaging
import Inference
public import Models

/// Takes single pictures of a run the whole way once more, for what a count does not keep: the picture and its density
/// map.
///
/// One picture at a time: whoever looks at pictures must not slow down those who count.
public actor PictureInspector {
    private let archive: Archive
    private let engines: EngineFactory
    private let store: ModelStore
    private let fetcher: Fetcher
    private let decoder: any PictureDecoding
    private var loaded: (digest: String, network: LoadedNetwork)?
    private var last: Task<InspectedPicture, any Error>?

    /// An inspector on one device. A network is loaded when it is first needed and kept until another is.
    public init(
        archive: Archive, engines: EngineFactory, store: ModelStore, fetcher: Fetcher, decoder: any PictureDecoding
    ) {
        self.archive = archive
        self.engines = engines
        self.store = store
        self.fetcher = fetcher
        self.decoder = decoder
    }

    /// Fetches a picture and runs a run's network on it.
    /// - Parameter longest: the longer side of the picture that is handed out, at most, in pixels.
    /// - Throws: `FetchError`, `ImagingError`, `InferenceError`, or why the network cannot be had.
    public func inspect(_ url: String, ofRun run: Int, longest: Int) async throws -> InspectedPicture {
        let before = last
        let inspecting = Task {
            _ = await before?.result
            return try await look(at: url, ofRun: run, longest: longest)
        }
        last = inspecting
        return try await withTaskCancellationHandler {
            try await inspecting.value
        } onCancel: {
            inspecting.cancel()
        }
    }

    /// Closes the network. Nobody may use the inspector any more.
    public func close() async {
        _ = await last?.result
        await loaded?.network.engine.close()
        loaded = nil
    }

    private func look(at url: String, ofRun id: Int, longest: Int) async throws -> InspectedPicture {
        try Task.checkCancellation()
        let run = try await archive.run(id)
        let network = try await network(of: run.model)
        let bytes = try await fetcher.fetch(url).bytes
        let cut = try await network.cut(bytes, by: run.plan, decoder: decoder)
        let count = try network.count(cut, from: try await network.engine.densities(of: cut.tiles))
        return InspectedPicture(
            picture: try await decoder.decode(bytes, resizedTo: count.size.bounded(to: longest), by: .area),
            digest: try SHA256Digest(of: bytes), count: count)
    }

    private func network(of model: ModelRecord) async throws -> LoadedNetwork {
        if let loaded, loaded.digest == model.digest { return loaded.network }
        await loaded?.network.engine.close()
        loaded = nil
        let manifest = try ModelManifest(json: Array(model.manifest.utf8), source: "model \(model.name)")
        let description = try await store.filledDescription(of: manifest, for: engines.identity.kind) {
            try await archive.modelFile(digest: $0.description)
        }
        let network = LoadedNetwork(
            name: model.name, engine: try await engines.load(description), padding: description.preprocessing.padding)
        loaded = (model.digest, network)
        return network
    }
}
