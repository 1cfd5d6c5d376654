import Testing

@testable import Fetch

@Suite struct TransferScheduleTests {
    @Test func transfersOfOneOriginStartInOrder() {
        var schedule = TransferSchedule(perOrigin: 10, total: 10)
        for id in 1...5 { schedule.add(UInt64(id), origin: "a") }
        #expect(Self.start(&schedule) == [1, 2, 3, 4, 5])
    }

    @Test func anOriginGetsNoMoreThanItsPlaces() {
        var schedule = TransferSchedule(perOrigin: 2, total: 10)
        for id in 1...4 { schedule.add(UInt64(id), origin: "a") }
        schedule.add(5, origin: "b")
        #expect(Self.start(&schedule) == [1, 5, 2])
        schedule.finish(origin: "b")
        #expect(schedule.next() == nil)
        schedule.finish(origin: "a")
        #expect(Self.start(&schedule) == [3])
    }

    @Test func originsTakeTurns() {
        var schedule = TransferSchedule(perOrigin: 10, total: 4)
        for id in 1...10 { schedule.add(UInt64(id), origin: "busy") }
        schedule.add(11, origin: "quiet")
        #expect(Self.start(&schedule) == [1, 11, 2, 3])
    }

    @Test func thereAreNeverMoreThanTheTotal() {
        var schedule = TransferSchedule(perOrigin: 8, total: 3)
        for id in 1...20 { schedule.add(UInt64(id), origin: "\(id)") }
        #expect(Self.start(&schedule).count == 3)
        schedule.finish(origin: "1")
        #expect(Self.start(&schedule) == [4])
    }

    @Test func aWithdrawnTransferDoesNotStart() {
        var schedule = TransferSchedule(perOrigin: 1, total: 8)
        for id in 1...3 { schedule.add(UInt64(id), origin: "a") }
        #expect(schedule.next() == 1)
        schedule.withdraw(2, origin: "a")
        schedule.finish(origin: "a")
        #expect(schedule.next() == 3)
        schedule.finish(origin: "a")
        #expect(schedule.next() == nil)
    }

    @Test func anOriginWhoseOnlyTransferWasWithdrawnIsUsedAgain() {
        var schedule = TransferSchedule(perOrigin: 1, total: 8)
        schedule.add(1, origin: "a")
        schedule.withdraw(1, origin: "a")
        #expect(schedule.next() == nil)
        schedule.add(2, origin: "a")
        #expect(Self.start(&schedule) == [2])
    }

    @Test func ofOriginsWithoutNumberThoseThatRestLongestAreKept() {
        var schedule = TransferSchedule(perOrigin: 1, total: 8)
        let now = ContinuousClock.now
        for number in 1...100_000 {
            schedule.add(UInt64(number), origin: "\(number)")
            #expect(schedule.next(at: now) == UInt64(number))
            // Such as another origin redirects to.
            schedule.note(.trouble(asked: .seconds(number)), of: "to \(number)", at: now)
            schedule.finish(origin: "\(number)", .trouble(asked: .seconds(number)), at: now)
            if schedule.originsKnown > 3 * TransferSchedule.remembered { break }
        }
        #expect((1...3 * TransferSchedule.remembered).contains(schedule.originsKnown))
        #expect(schedule.rest(of: "100000", at: now) == .seconds(100_000))
        #expect(schedule.rest(of: "to 100000", at: now) == .seconds(100_000))
        #expect(schedule.rest(of: "1", at: now) == nil)
    }

    private static func start(_ schedule: inout TransferSchedule) -> [UInt64] {
        var started: [UInt64] = []
        while let id = schedule.next() { started.append(id) }
        return started
    }
}
