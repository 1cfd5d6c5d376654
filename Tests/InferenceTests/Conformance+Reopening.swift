import Inference
import Testing

extension Conformance {
    /// Opens the engine, computes a tile, and closes it, again and again, and measures what the process holds more at the end.
    ///
    /// To be called in a process of its own (an exit test): other tests' memory would be measured too.
    /// - Parameters:
    ///   - rounds: how often, after those that a runtime takes to fill its caches. Under the address sanitizer, which finds
    ///     leaks in any number of them and takes its time, a tenth.
    ///   - warmup: the rounds that are not measured.
    /// - Returns: growth in bytes over the half of the rounds that grew less: what leaks shows in both, what an
    ///   allocator takes for later in one. Negative where the process shrank.
    static func growth(of subject: Subject, rounds: Int = 100, warmup: Int = 20) async throws -> Int {
        let rounds = ResidentMemory.isSanitized ? rounds / 10 : rounds
        ResidentMemory.keepNoLargeBlocks()
        var held: [Int] = []
        for round in 0...warmup + rounds {
            if [0, rounds / 2, rounds].contains(round - warmup) { held.append(ResidentMemory.bytes) }
            let engine = try await subject.open()
            _ = try await engine.densities(of: tiles(1, for: engine))
            await engine.close()
        }
        return min(held[1] - held[0], held[2] - held[1])
    }
}
