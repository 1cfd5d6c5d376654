import Glibc
import Terminal
import Testing

@testable import Inference

struct StandardOutputTests {
    @Test(
        "The simulator's chatter stays off standard output",
        .enabled(if: BM1684Simulator.isPresent, BM1684Simulator.absence))
    func simulatorsChatterIsDiverted() async {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let output = StandardOutput.claim()
            try await BM1684Simulator.run(TinyNetwork.description("int8", batches: [1])) { _ in }
            _ = write(output, "ours\n", 5)
        }
        let text = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        #expect(text.contains("ours\n") && !text.contains("cmodel"))
    }
}
