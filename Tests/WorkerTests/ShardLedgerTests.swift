import TestSupport
import Testing

@testable import Archive
@testable import Worker

struct ShardLedgerTests {
    private static func shard(_ id: Int, token: Int = 1, images: Range<Int>) -> ClaimedShard {
        ClaimedShard(
            lease: ShardLease(shard: id, token: token), run: 7,
            images: images.map { ClaimedShard.Image(number: $0, url: "http://a/\($0)", attempts: 0) })
    }

    private static func failure(_ work: ShardLedger.Work) -> ShardLedger.Outcome {
        .failure(FailureResult(image: work.image.number, failure: .timeout, detail: "late"))
    }

    private func ledger(_ shards: ClaimedShard...) -> ShardLedger {
        var ledger = ShardLedger()
        ledger.add(shards)
        return ledger
    }

    private func next(_ ledger: inout ShardLedger) throws -> ShardLedger.Work {
        let work = ledger.start()
        return try #require(work)
    }

    /// What a record says, in numbers.
    private func contents(_ records: [ShardLedger.Record]) -> [[Int]] {
        records.map { record in
            [record.lease.shard, record.finish ? 1 : 0] + record.failures.map(\.image)
        }
    }

    @Test("Images start in the order of their shards, each once")
    func imagesStartInOrder() {
        var ledger = ledger(Self.shard(5, images: 0..<3), Self.shard(2, images: 10..<12))
        #expect(ledger.unstarted == 5)
        var started: [Int] = []
        while let work = ledger.start() {
            #expect(work.run == 7)
            #expect(work.lease.shard == (work.image.number < 10 ? 5 : 2))
            started.append(work.image.number)
        }
        #expect(started == [0, 1, 2, 10, 11])
        #expect(ledger.unstarted == 0)
    }

    @Test("A shard that was claimed is held at once, and started only when it arrived, without what it lost meanwhile")
    func expectedShards() {
        var ledger = ShardLedger()
        let shards = [Self.shard(1, images: 0..<4), Self.shard(2, images: 10..<12), Self.shard(3, images: 20..<22)]
        ledger.expect(shards)
        #expect(ledger.leases == Set(shards.map(\.lease)))
        let none = ledger.start()
        #expect(none?.image.number == nil)
        ledger.keep(shards[0].lease, upTo: 1)
        #expect(ledger.holds(shards[1].lease))
        ledger.drop([shards[1].lease])
        ledger.arrived(shards, as: .next)
        #expect(ledger.leases == [shards[0].lease, shards[2].lease])
        var started: [Int] = []
        while let work = ledger.start() { started.append(work.image.number) }
        #expect(started == [0, 1, 20, 21])
    }

    @Test("What is urgent is started first, then what others gave back, then what was here, each in the order it came")
    func shardsAheadComeFirst() {
        var ledger = ledger(Self.shard(1, images: 0..<2))
        let first = ledger.start()
        #expect(first?.image.number == 0)
        ledger.add([Self.shard(2, images: 10..<11)], as: .returned)
        ledger.add([Self.shard(3, images: 20..<21)], as: .returned)
        ledger.add([Self.shard(4, images: 30..<32)], as: .urgent)
        ledger.add([Self.shard(5, images: 40..<41)], as: .urgent)
        #expect(ledger.unstarted(of: .returned) == 2)
        #expect(ledger.unstarted(of: .urgent) == 3)
        #expect(ledger.inHand == 7)
        var started: [Int] = []
        while let work = ledger.start() { started.append(work.image.number) }
        #expect(started == [30, 31, 40, 10, 20, 1])
        #expect(ledger.unstarted(of: .returned) + ledger.unstarted(of: .urgent) == 0)
        #expect(ledger.inHand == 7)
    }

    @Test("Images beyond the last that is still the worker's are forgotten, those that run too")
    func stolenImagesAreForgotten() throws {
        var ledger = ledger(Self.shard(1, images: 0..<4))
        let works = [try next(&ledger), try next(&ledger), try next(&ledger)]
        ledger.keep(works[0].lease, upTo: 1)
        #expect(ledger.unstarted == 0)
        #expect(works.map { ledger.wants($0) } == [true, true, false])
        #expect(ledger.inHand == 2)
        let stolen = ledger.settle(works[2], Self.failure(works[2]))
        #expect(!stolen)
        let first = ledger.settle(works[0], Self.failure(works[0]))
        #expect(!first)
        let last = ledger.settle(works[1], Self.failure(works[1]))
        #expect(last)
        #expect(contents(ledger.take()) == [[1, 1, 0, 1]])
    }

    @Test("A shard is finished when its last image is settled, and not before")
    func finishNeedsAll() throws {
        var ledger = ledger(Self.shard(1, images: 0..<2))
        let first = try next(&ledger)
        let isOver = ledger.settle(first, Self.failure(first))
        #expect(!isOver, "the second image was not even started")
        let second = try next(&ledger)
        #expect(contents(ledger.take()) == [[1, 0, 0]])
        let isFinished = ledger.settle(second, Self.failure(second))
        #expect(isFinished)
        #expect(ledger.holds(second.lease))
        #expect(contents(ledger.take()) == [[1, 1, 1]])
        #expect(!ledger.holds(second.lease))
        #expect(ledger.leases == [second.lease], "its lease is let go of before its end was written")
        ledger.wrote(second.lease)
        #expect(ledger.leases.isEmpty)
    }

    @Test("A postponed image is taken once, and finishes its shard like any other")
    func postponed() throws {
        var ledger = ledger(Self.shard(1, images: 0..<1))
        let work = try next(&ledger)
        let isFinished = ledger.settle(work, .postponed(PostponedImage(image: 0, wait: .seconds(60))))
        #expect(isFinished)
        let records = ledger.take()
        #expect(records.map(\.postponed) == [[PostponedImage(image: 0, wait: .seconds(60))]])
        #expect(records.map(\.finish) == [true])
        #expect(ledger.take().isEmpty)
    }

    @Test("Results are taken once")
    func resultsAreTakenOnce() throws {
        var ledger = ledger(Self.shard(1, images: 0..<2))
        let work = try next(&ledger)
        ledger.settle(work, Self.failure(work))
        #expect(contents(ledger.take()) == [[1, 0, 0]])
        #expect(contents(ledger.take()) == [])
    }

    @Test("An empty shard finishes at once")
    func emptyShardsFinish() {
        var ledger = ledger(Self.shard(3, images: 0..<0))
        let work = ledger.start()
        #expect(work == nil)
        #expect(contents(ledger.take()) == [[3, 1]])
        #expect(contents(ledger.take()) == [])
    }

    @Test("What still runs for a dropped shard is ignored")
    func droppedShardsAreForgotten() throws {
        var ledger = ledger(Self.shard(1, images: 0..<3), Self.shard(2, images: 10..<11))
        let work = try next(&ledger)
        let settled = try next(&ledger)
        ledger.settle(settled, Self.failure(settled))
        ledger.drop([work.lease])
        #expect(!ledger.holds(work.lease))
        let isFinished = ledger.settle(work, Self.failure(work))
        #expect(!isFinished)
        #expect(contents(ledger.take()) == [])
        let next = try next(&ledger)
        #expect(next.image.number == 10, "an image of a dropped shard was started")
    }

    @Test("A shard that was claimed anew is another: what runs for the old lease does not settle it")
    func newLeasesAreOtherShards() throws {
        var ledger = ledger(Self.shard(1, token: 1, images: 0..<1))
        let old = try next(&ledger)
        ledger.drop([old.lease])
        ledger.add([Self.shard(1, token: 2, images: 0..<1)])
        let new = try next(&ledger)
        let oldIsFinished = ledger.settle(old, Self.failure(old))
        #expect(!oldIsFinished)
        #expect(contents(ledger.take()) == [])
        let newIsFinished = ledger.settle(new, .givenUp)
        #expect(newIsFinished)
    }

    @Test("Giving up finishes a shard when what runs is settled")
    func givingUpFinishes() throws {
        var ledger = ledger(Self.shard(1, images: 0..<3), Self.shard(2, images: 10..<12))
        let work = try next(&ledger)
        ledger.giveUpUnstarted()
        #expect(ledger.unstarted == 0)
        let another = ledger.start()
        #expect(another == nil)
        #expect(contents(ledger.take()) == [[2, 1]], "a shard of which nothing runs is finished")
        #expect(ledger.takeGivenUp().map { [$0.lease.shard, $0.last] } == [[1, 0]])
        #expect(ledger.takeGivenUp().isEmpty)
        let isFinished = ledger.settle(work, Self.failure(work))
        #expect(isFinished)
        #expect(contents(ledger.take()) == [[1, 1, 0]])
    }

    @Test("An image that is given up leaves no result")
    func givenUpImagesLeaveNothing() throws {
        var ledger = ledger(Self.shard(1, images: 0..<1))
        let work = try next(&ledger)
        let isFinished = ledger.settle(work, .givenUp)
        #expect(isFinished)
        #expect(contents(ledger.take()) == [[1, 1]])
    }
}
