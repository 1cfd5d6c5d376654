import Inference
import Testing

extension Conformance {
    /// Opens the engine, uses it and closes it, again and again, and measures what the process holds more at the end.
    ///
    /// To be called in a process of its own (an exit test): other tests' memory would be measured too.
    /// - Parameters:
    ///   - rounds: how often, after as many rounds again as a runtime takes to fill its caches.
    ///   - warmup: the rounds that are not measured.
    /// - Returns: growth in bytes over all rounds; negative where the process shrank.
    static func growth(
        of subject: Subject, rounds: Int = 100, warmup: Int = 20
    ) async throws -> Int {
        var start = 0
        for round in 0..<warmup + rounds {
            if round == warmup { start = ResidentMemory.bytes }
            let engine = try await subject.open()
            let maps = try await engine.densities(of: tiles(3, for: engine))
            await engine.close()
            guard maps.count == 3 else { throw InferenceError.closed(device: engine.identity.device) }
        }
        return ResidentMemory.bytes - start
    }
}
