import Testing

@testable import Coordinator

@Suite struct HostCrowdTests {
    private func share(_ cards: Int, _ workers: Int, gigabytes: Int = 16, cores: Int = 16, most: Int = 1) -> [Int]? {
        let share = HostCrowd(cards: cards, workers: workers).share(memory: gigabytes << 30, cores: cores, most: most)
        return share.map { [$0.memory, $0.decodes] }
    }

    @Test("the workers of a host share what one alone would take, which has it all")
    func equalParts() {
        #expect(share(1, 1) == nil)
        #expect(share(8, 8) == [2 << 30, 2])
        #expect(share(1, 4) == [4 << 30, 4])
    }

    @Test("where the leader chooses how many there are, they share as if there were as many as there may be")
    func autoscaled() {
        #expect(share(2, 2, most: 4) == [2 << 30, 2])
    }

    @Test("none takes less than a worker needs")
    func least() {
        #expect(share(1, 64, gigabytes: 1, cores: 2) == [512 << 20, 1])
    }
}
