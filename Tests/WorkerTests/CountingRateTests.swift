import Testing

@testable import Worker

struct CountingRateTests {
    /// A rate that was told of images one after the other, each of so many seconds, and when the last ended.
    private func rate(
        images: Int, seconds: Double, after pause: Double = 0,
        of earlier: (CountingRate, ContinuousClock.Instant)? = nil
    ) -> (CountingRate, ContinuousClock.Instant) {
        var (rate, now) = earlier ?? (CountingRate(), .now)
        now += .seconds(pause)
        for _ in 0..<images {
            rate.start(at: now)
            now += .seconds(seconds)
            rate.end(isDone: true, at: now)
        }
        return (rate, now)
    }

    private func expect(_ value: Double?, near expected: Double) throws {
        let value = try #require(value)
        #expect(abs(value - expected) < expected * 0.02, "\(value), not \(expected)")
    }

    @Test("nothing is told before there is something to go by")
    func first() {
        #expect(CountingRate().value == nil)
        #expect(rate(images: 4, seconds: 1).0.value == nil, "the first one only starts the clock")
        #expect(rate(images: 5, seconds: 1).0.value != nil)
    }

    @Test("images that come one after the other are counted at the pace they come")
    func steady() throws {
        try expect(rate(images: 6, seconds: 0.25).0.value, near: 4)
        try expect(rate(images: 200, seconds: 0.05).0.value, near: 20)
        try expect(rate(images: 20, seconds: 40).0.value, near: 0.025)
    }

    @Test("time without images counts for nothing")
    func idle() throws {
        try expect(rate(images: 20, seconds: 0.1, after: 3600, of: rate(images: 20, seconds: 0.1)).0.value, near: 10)
    }

    @Test("a change of pace is followed within some ten seconds")
    func change() throws {
        let fast = rate(images: 400, seconds: 0.05)
        let value = try #require(rate(images: 20, seconds: 1, of: fast).0.value)
        #expect((1...4).contains(value))
    }

    @Test("the time of the first image, in which a network is loaded, is left out; images that are given up count not")
    func loading() throws {
        var (value, now) = rate(images: 1, seconds: 60)
        (value, now) = rate(images: 40, seconds: 0.1, of: (value, now))
        try expect(value.value, near: 10)
        value.start(at: now)
        value.end(isDone: false, at: now + .milliseconds(1))
        try expect(value.value, near: 10)
    }
}
