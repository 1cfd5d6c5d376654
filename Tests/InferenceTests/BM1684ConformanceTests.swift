import Inference
import Testing

@Suite(.enabled(if: BM1684Simulator.isPresent, BM1684Simulator.absence))
struct BM1684ConformanceTests {
    static let subject = Conformance.Subject(name: "tick", network: TinyNetwork.tick()) {
        try await BM1684Engine($0, library: SophonLibrary(folder: BM1684Simulator.folder), card: 0)
    }

    @Test("The engine on the simulator", arguments: Conformance.allCases)
    func engineConforms(fact: Conformance) async throws {
        try await BM1684Simulator.use { _ in try await fact.check(of: Self.subject) }
    }
}
