import Foundation
import TestSupport
import Testing

/// A process of its own, because the memory of this one is that of all tests at once.
@Suite struct FlatMemoryTests {
    /// 20,000 pictures where `HEADCOUNT_SLOW_TESTS` is set.
    private static let images = ProcessInfo.processInfo.environment["HEADCOUNT_SLOW_TESTS"] == nil ? 1500 : 20_000

    @Test("after a tenth of the pictures a worker takes no more memory")
    func flat() async throws {
        let outcome = try await RunningProgram.run([
            "bench", "pipeline", "--engine", "simulated", "--simulated-batch-ms", "2", "--sizes", "96x72,128x96,64x48",
            "--plan", "grid:1x1", "--images", "\(Self.images)", "--json",
        ])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(report["images"] as? Int == Self.images)
        let early = try #require(report["early_memory_bytes"] as? Int)
        let peak = try #require(report["peak_memory_bytes"] as? Int)
        #expect(early > 0)
        // Pictures of some 20 KB whose pixels stayed would come to 27 MB and more.
        #expect(peak - early < 24 << 20, "\(early >> 20) MiB after a tenth, \(peak >> 20) in the end")
        #expect(try #require(report["decoder_memory_bytes"] as? Int) < 128 << 20)
    }
}
