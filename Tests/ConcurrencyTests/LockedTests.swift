import Concurrency
import Testing

@Suite struct LockedTests {
    private struct Refusal: Error, Equatable {}

    @Test("No increment of many tasks is lost")
    func exclusion() async {
        let count = Locked(0)
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10_000 { count.withLock { $0 += 1 } }
                }
            }
        }
        #expect(count.withLock { $0 } == 80_000)
    }

    @Test("A body that throws lets go of the lock, and its error passes as it is")
    func throwing() {
        let value = Locked("kept")
        #expect(throws: Refusal()) {
            try value.withLock { (_: inout String) throws(Refusal) in throw Refusal() }
        }
        #expect(value.withLock { $0 } == "kept")
    }
}
