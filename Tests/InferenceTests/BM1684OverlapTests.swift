import Concurrency
import Density
import FakeSophon
import TestSupport
import Testing

@testable import Inference

struct BM1684OverlapTests {
    @Test("While a batch is on the card the next two are packed, and the one before is unpacked")
    func hostWorksBesideTheCard() async throws {
        try await FakeCard.run(50, network: TinyNetwork.description("int8", batches: [4])) { engine in
            let tiles = TinyNetwork.tiles(1..<21)
            let expected = try await engine.densities(of: tiles)
            let before = engine.usage.packed
            fake_sophon_allow(50, Int32(before))
            try await withThrowingTaskGroup(of: (Int, [DensityMap]).self) { group in
                // Within the group, which else would wait for ever for batches that are held where something is amiss.
                defer { fake_sophon_allow(50, .max) }
                for batch in 0..<5 {
                    group.addTask { (batch, try await engine.densities(of: Array(tiles[batch * 4..<batch * 4 + 4]))) }
                }
                // The first is on the card and stays there: two more are packed, for which there are buffers.
                try await waitUntil("two batches that are packed beside the one on the card") {
                    engine.usage.packed >= before + 3
                }
                #expect(engine.usage.launches == before)
                for done in 1...5 {
                    // One more may end; the one behind it is held on the card while this one is unpacked.
                    fake_sophon_allow(50, Int32(before + done))
                    let (batch, maps) = try #require(try await group.next())
                    #expect(maps == Array(expected[batch * 4..<batch * 4 + 4]))
                    #expect(engine.usage.launches == before + done)
                }
            }
        }
    }

    @Test("Ten thousand launches leave nothing behind on the card")
    func launchesLeaveNothing() async throws {
        try await FakeCard.run(51) { engine in
            let tiles = TinyNetwork.tiles(1..<2)
            let expected = try await engine.densities(of: tiles)
            let buffers = fake_sophon_device(51).pointee.buffers
            while engine.usage.launches < 10_000 {
                let maps = try await engine.densities(of: tiles)
                try #require(maps == expected)
            }
            #expect(fake_sophon_device(51).pointee.buffers == buffers)
        }
    }
}
