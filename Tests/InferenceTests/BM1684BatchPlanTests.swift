import Testing

@testable import Inference

struct BM1684BatchPlanTests {
    private func sizes(_ plan: BatchPlan) -> [Int] { plan.batches.map(\.size) }

    /// Times that have their first launches, which tell nothing, behind them.
    private func warmTimes() -> BatchTimes {
        var times = BatchTimes(sizes: [1, 4])
        for size in times.sizes { times.record(.seconds(1000), size: size) }
        return times
    }

    @Test("Every tile is in exactly one batch, in order", arguments: [[1], [4], [1, 4]])
    func everyTileIsPlanned(sizes: [Int]) {
        for cost in [{ (_: Int) in 1.0 }, { Double($0) }, { Double($0 * $0) }] {
            for count in 0...17 {
                let plan = BatchPlan(tiles: count, sizes: sizes, cost: cost)
                #expect(plan.batches.flatMap { Array($0.tiles) } == Array(0..<count))
                #expect(plan.batches.allSatisfy { $0.tiles.count <= $0.size && sizes.contains($0.size) })
            }
        }
    }

    @Test("An incomplete batch is padded where that is quicker than one by one")
    func restIsPaddedWhereQuicker() {
        func plan(_ count: Int, four: Double) -> [Int] {
            sizes(BatchPlan(tiles: count, sizes: [1, 4]) { $0 == 1 ? 1 : four })
        }
        #expect(plan(7, four: 2.1) == [4, 4])
        #expect(plan(6, four: 2.1) == [4, 1, 1])
        #expect(plan(7, four: 4) == [4, 1, 1, 1])
        #expect(plan(5, four: 0.9) == [4, 4])
        #expect(plan(8, four: 4) == [4, 4])
    }

    @Test("A size that was not launched, or once alone, is tried, one tile at a time first")
    func unmeasuredSizesAreTried() {
        var times = BatchTimes(sizes: [1, 4])
        #expect(sizes(times.plan(tiles: 3)) == [1, 1, 1])
        times.record(.seconds(50), size: 1)
        #expect(sizes(times.plan(tiles: 3)) == [1, 1, 1])
        times.record(.seconds(1), size: 1)
        #expect(sizes(times.plan(tiles: 3)) == [4])
        #expect(sizes(times.plan(tiles: 1)) == [4])
        times.record(.seconds(50), size: 4)
        #expect(sizes(times.plan(tiles: 1)) == [4])
        times.record(.milliseconds(2100), size: 4)
        #expect(sizes(times.plan(tiles: 3)) == [4])
        #expect(sizes(times.plan(tiles: 2)) == [1, 1])
    }

    @Test("What is measured decides, and changes with what is measured later")
    func measuredTimesDecide() {
        var times = warmTimes()
        times.record(.seconds(3), size: 1)
        times.record(.seconds(3), size: 4)
        #expect(sizes(times.plan(tiles: 2)) == [4])
        for _ in 0..<20 { times.record(.seconds(1), size: 1) }
        #expect(sizes(times.plan(tiles: 2)) == [1, 1])
        #expect(sizes(times.plan(tiles: 3)) == [4])
        for _ in 0..<40 { times.record(.seconds(12), size: 4) }
        #expect(sizes(times.plan(tiles: 3)) == [1, 1, 1])
    }

    @Test("A time that has not been measured for long is measured anew, and then stands alone")
    func oldTimesAreMeasuredAnew() {
        var times = warmTimes()
        times.record(.seconds(9), size: 1)
        for _ in 1..<BatchTimes.longestAge { times.record(.seconds(2), size: 4) }
        #expect(sizes(times.plan(tiles: 1)) == [4])
        times.record(.seconds(2), size: 4)
        #expect(sizes(times.plan(tiles: 1)) == [1])
        times.record(.milliseconds(900), size: 1)
        #expect(sizes(times.plan(tiles: 2)) == [1, 1])
        #expect(sizes(times.plan(tiles: 3)) == [4])
    }
}
