import COpenVINO
import Concurrency
public import Density

/// The CPU as an engine, through OpenVINO.
///
/// Tiles are computed one per request, several requests at a time. The runtime's threads are not bound to cores, so
/// that several workers on one host do not sit on the same ones. Floats stay 32 bits wide where a processor offers
/// narrower ones, so that a count does not depend on it; the integers of an INT8 network (QDQ ONNX) stay integers.
public final class OpenVINOEngine: InferenceEngine {
    /// What this engine is and where it runs, as results name it.
    public let identity: EngineIdentity
    /// What the engine expects and gives.
    public let geometry: NetworkGeometry
    /// How many tiles are computed at a time.
    public let concurrency: Int
    /// One more than are computed, so that a request is never without its next tile.
    public var launchesAtOnce: Int { concurrency + 1 }

    private static let fewThreads = 4

    private let pool: OpenVINORequestPool
    private let done = Locked(EngineUsage())

    /// Reads a network and holds it against its description; nothing is compiled.
    /// - Throws: `InferenceError.modelRefused` for a network that is not as its description says, else `.callFailed`.
    public static func check(_ network: NetworkDescription, library: OpenVINOLibrary) throws(InferenceError) {
        _ = try OpenVINOModel.read(network, library: library)
    }

    /// Reads and compiles a network; takes tenths of a second and blocks the thread.
    /// - Parameters:
    ///   - network: its first file of batch 1 is used: ONNX with one input and one output, float or INT8 (QDQ).
    ///   - threads: most threads of the runtime; all cores where `nil`.
    ///   - requests: tiles computed at a time, which share the threads; where `nil` as many as there are threads up to
    ///     four, and as many as the runtime finds best where there are more.
    /// - Throws: `InferenceError.modelRefused` for a network that is not as its description says, else `.callFailed`.
    public init(
        network: NetworkDescription, library: OpenVINOLibrary, threads: Int? = nil, requests: Int? = nil
    ) throws(InferenceError) {
        let device = "cpu"
        // Few threads lose more by waiting for each other at every layer than they gain by sharing a tile.
        let requests = requests ?? threads.flatMap { $0 <= Self.fewThreads ? max(1, $0) : nil }
        let model = try OpenVINOModel.read(network, library: library)
        let compiled = try library.compile(
            model.handle, name: network.name, properties: Self.properties(threads: threads, requests: requests))
        var count = requests
        if count == nil { count = try Self.bestConcurrency(of: compiled, network: network, library: library) }
        var pooled: [OpenVINORequest] = []
        for number in 0..<max(1, count ?? 1) {
            pooled.append(
                try OpenVINORequest(of: compiled, network: network, library: library, number: number))
        }
        identity = EngineIdentity(kind: .openvino, device: device, version: library.version, simulated: false)
        geometry = NetworkGeometry(tile: network.tile, outputStride: network.outputStride, batchSizes: [1])
        concurrency = pooled.count
        pool = OpenVINORequestPool(pooled, device: device)
    }

    /// Computes the density map of each tile.
    ///
    /// When the task is cancelled, tiles that were not begun are left out and the call throws as soon as those that
    /// were begun have ended.
    public func densities(of tiles: [Tile]) async throws(InferenceError) -> [DensityMap] {
        try await pool.checkOpen()
        if let misfit = tiles.first(where: { $0.size != geometry.tile }) {
            throw .tileSize(found: "\(misfit.size)", needed: "\(geometry.tile)")
        }
        let outcome = await withTaskGroup(
            of: (Int, Result<DensityMap, InferenceError>).self, returning: Result<[DensityMap], InferenceError>.self
        ) { group in
            for (index, tile) in tiles.enumerated() {
                group.addTask { (index, await self.density(of: tile)) }
            }
            var maps = [DensityMap?](repeating: nil, count: tiles.count)
            var failure: InferenceError?
            for await (index, outcome) in group {
                switch outcome {
                case .success(let map): maps[index] = map
                case .failure(let error):
                    // The first failure is told; the rest are what it led to.
                    failure = failure ?? error
                    group.cancelAll()
                }
            }
            if let failure { return .failure(failure) }
            return .success(maps.compactMap { $0 })
        }
        return try outcome.get()
    }

    /// What was done since the engine was opened.
    public var usage: EngineUsage { done.withLock { $0 } }

    /// Nothing: a CPU is watched by its operating system.
    /// - Throws: `InferenceError.closed`.
    public func health() async throws(InferenceError) -> CardHealth {
        try await pool.checkOpen()
        return CardHealth()
    }

    /// Waits for the tiles under way and frees the network.
    public func close() async {
        await pool.close()
    }

    private func density(of tile: Tile) async -> Result<DensityMap, InferenceError> {
        do throws(InferenceError) {
            let request = try await pool.lend()
            let outcome: Result<DensityMap, InferenceError>
            if Task.isCancelled {
                outcome = .failure(.cancelled)
            } else {
                done.withLock { $0.addPacked() }
                let clock = ContinuousClock()
                let start = clock.now
                do throws(InferenceError) {
                    outcome = .success(try await request.density(of: tile))
                    done.withLock { $0.add(tiles: 1, lanes: 1, busy: clock.now - start) }
                } catch {
                    outcome = .failure(error)
                }
            }
            await pool.giveBack(request)
            return outcome
        } catch {
            return .failure(error)
        }
    }

    private static func properties(threads: Int?, requests: Int?) -> [(key: String, value: String)] {
        var properties = [
            (key: "PERFORMANCE_HINT", value: "THROUGHPUT"),
            (key: "INFERENCE_PRECISION_HINT", value: "f32"),
            (key: "ENABLE_CPU_PINNING", value: "NO"),
            // Numbers too small for a float's full precision count as zero: they are no people, and slow on some
            // processors.
            (key: "CPU_DENORMALS_OPTIMIZATION", value: "YES"),
        ]
        if let threads { properties.append((key: "INFERENCE_NUM_THREADS", value: "\(max(1, threads))")) }
        if let requests { properties.append((key: "NUM_STREAMS", value: "\(max(1, requests))")) }
        return properties
    }

    private static func bestConcurrency(
        of compiled: borrowing OpenVINOHandle, network: NetworkDescription, library: OpenVINOLibrary
    ) throws(InferenceError) -> Int {
        var value: UnsafeMutablePointer<CChar>?
        let functions = library.functions
        try functions.check(
            "ov_compiled_model_get_property", network.name,
            functions.getProperty(compiled.pointer, "OPTIMAL_NUMBER_OF_INFER_REQUESTS", &value))
        return functions.take(value).flatMap { Int($0) } ?? 1
    }
}
