import Testing

@testable import Fetch

@Suite struct TransferDeadlinesTests {
    private let start = ContinuousClock.now
    private let limits: FetchConfiguration = {
        var limits = FetchConfiguration()
        limits.connectTimeout = .seconds(10)
        limits.firstByteTimeout = .seconds(30)
        limits.lowSpeedWindow = .seconds(20)
        limits.lowSpeedBytesPerSecond = 100
        limits.totalTimeout = .seconds(200)
        return limits
    }()

    @Test func connectingHasItsLimit() {
        var deadlines = TransferDeadlines(limits, start: start)
        #expect(deadlines.next == start + .seconds(10))
        #expect(deadlines.expired(at: start + .seconds(9)) == nil)
        #expect(deadlines.expired(at: start + .seconds(10)) == .connect)
    }

    @Test func anotherOnesConnectionIsWaitedForHalfAsLong() {
        var deadlines = TransferDeadlines(limits, start: start, isShared: true)
        #expect(deadlines.next == start + .seconds(5))
        #expect(deadlines.expired(at: start + .seconds(4)) == nil)
        #expect(deadlines.expired(at: start + .seconds(5)) == .connect)
        // Then it has the whole time for its own, once.
        #expect(deadlines.connectsAlone(at: start + .seconds(5)) == true)
        #expect(deadlines.next == start + .seconds(15))
        #expect(deadlines.connectsAlone(at: start + .seconds(6)) == false)
        #expect(deadlines.expired(at: start + .seconds(15)) == .connect)
    }

    @Test func whoHasASocketWaitsForNoOther() {
        var deadlines = TransferDeadlines(limits, start: start, isShared: true)
        deadlines.connectionBegins(at: start + .seconds(1))
        #expect(deadlines.connectsAlone(at: start + .seconds(2)) == false)
        #expect(deadlines.next == start + .seconds(11))
        var served = TransferDeadlines(limits, start: start, isShared: true)
        served.requestGoesOut(at: start + .seconds(1))
        #expect(served.connectsAlone(at: start + .seconds(2)) == false)
        #expect(served.next == start + .seconds(31))
    }

    @Test func waitingIsCountedFromTheRequest() {
        var deadlines = TransferDeadlines(limits, start: start)
        deadlines.requestGoesOut(at: start + .seconds(8))
        #expect(deadlines.expired(at: start + .seconds(37)) == nil)
        #expect(deadlines.expired(at: start + .seconds(38)) == .firstByte)
    }

    @Test func aRedirectConnectsAnew() {
        var deadlines = TransferDeadlines(limits, start: start)
        deadlines.requestGoesOut(at: start + .seconds(1))
        deadlines.headersEnd(redirecting: true, at: start + .seconds(25))
        #expect(deadlines.expired(at: start + .seconds(34)) == nil)
        #expect(deadlines.expired(at: start + .seconds(35)) == .connect)
    }

    @Test func connectingIsCountedFromTheFirstSocket() {
        var deadlines = TransferDeadlines(limits, start: start)
        deadlines.connectionBegins(at: start + .seconds(9))
        // The next address of the name gets no time of its own.
        deadlines.connectionBegins(at: start + .seconds(15))
        #expect(deadlines.expired(at: start + .seconds(18)) == nil)
        #expect(deadlines.expired(at: start + .seconds(19)) == .connect)
        deadlines.requestGoesOut(at: start + .seconds(19))
        deadlines.connectionBegins(at: start + .seconds(20))
        #expect(deadlines.next == start + .seconds(49))
    }

    @Test func aBodyMustBeFastEnoughInEveryWindow() {
        var deadlines = TransferDeadlines(limits, start: start)
        deadlines.headersEnd(redirecting: false, at: start)
        deadlines.bodyArrives(bytes: 2000)
        #expect(deadlines.expired(at: start + .seconds(20)) == nil)
        #expect(deadlines.next == start + .seconds(40))
        deadlines.bodyArrives(bytes: 1999)
        #expect(deadlines.expired(at: start + .seconds(40)) == .body)
    }

    @Test func bytesOfOneWindowDoNotCountInTheNext() {
        var deadlines = TransferDeadlines(limits, start: start)
        deadlines.headersEnd(redirecting: false, at: start)
        deadlines.bodyArrives(bytes: 1_000_000)
        #expect(deadlines.expired(at: start + .seconds(20)) == nil)
        #expect(deadlines.expired(at: start + .seconds(40)) == .body)
    }

    @Test func theWholeHasALimitHoweverFastItIs() {
        var deadlines = TransferDeadlines(limits, start: start)
        deadlines.headersEnd(redirecting: false, at: start)
        for second in stride(from: 20, to: 200, by: 20) {
            deadlines.bodyArrives(bytes: 1 << 20)
            #expect(deadlines.expired(at: start + .seconds(second)) == nil)
        }
        #expect(deadlines.next == start + .seconds(200))
        deadlines.bodyArrives(bytes: 1 << 20)
        #expect(deadlines.expired(at: start + .seconds(200)) == .total)
    }
}
