import Inference
import Testing

@Suite(.enabled(if: BM1684Simulator.isPresent, BM1684Simulator.absence))
struct BM1684ConformanceTests {
    @Test("The engine on the simulator", arguments: Conformance.allCases)
    func engineConforms(fact: Conformance) async throws {
        try await BM1684Simulator.use { library in
            try await fact.check(
                of: Conformance.Subject(name: "int8") {
                    try await BM1684Engine(TinyNetwork.description("int8"), library: library, card: 0)
                })
        }
    }
}
