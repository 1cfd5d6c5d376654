import Testing

@testable import Worker

struct NetworkTurnsTests {
    private typealias Step = NetworkTurns.Step
    private static let start = ContinuousClock.now

    private static func turns(_ limit: Int) -> NetworkTurns {
        NetworkTurns(limit: limit, leastTurn: .seconds(1))
    }

    private static func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    /// Starts an image that needs its network at once, and says what is to be done then.
    private func ask(
        _ turns: inout NetworkTurns, _ image: Int, for network: String, at seconds: Double = 0
    ) -> [Step] {
        let steps = turns.start(image, for: network)
        turns.ask(image)
        return steps + turns.next(at: Self.at(seconds))
    }

    private func end(_ turns: inout NetworkTurns, _ image: Int, at seconds: Double) -> [Step] {
        turns.end(image, at: Self.at(seconds))
        return turns.next(at: Self.at(seconds))
    }

    /// A device of one place, where `a` has one user, number 1, and its turn is over after a second.
    private func busy() -> NetworkTurns {
        var turns = Self.turns(1)
        #expect(ask(&turns, 1, for: "a") == [.open("a"), .admit(1, to: "a")])
        turns.loaded("a", took: .zero, at: Self.start)
        return turns
    }

    @Test("who wants a network that is open, or being opened, is let in at once")
    func shared() {
        var turns = Self.turns(1)
        #expect(ask(&turns, 1, for: "a") == [.open("a"), .admit(1, to: "a")])
        #expect(ask(&turns, 2, for: "a") == [.admit(2, to: "a")])
        turns.loaded("a", took: .seconds(1), at: Self.at(1))
        #expect(ask(&turns, 3, for: "a", at: 1000) == [.admit(3, to: "a")])
    }

    @Test("of those that nobody uses the one that was asked for longest ago makes room, at once")
    func idle() {
        var turns = Self.turns(2)
        _ = ask(&turns, 1, for: "a")
        _ = ask(&turns, 2, for: "b")
        #expect(end(&turns, 2, at: 0) == [])
        #expect(end(&turns, 1, at: 0) == [])
        #expect(ask(&turns, 3, for: "b") == [.admit(3, to: "b")])
        #expect(end(&turns, 3, at: 0) == [])
        #expect(ask(&turns, 4, for: "c") == [.close("a"), .open("c"), .admit(4, to: "c")])
    }

    @Test("a network in use makes room once its turn is over: images that start then stand behind the one that waits")
    func inTurn() {
        var turns = busy()
        #expect(ask(&turns, 2, for: "b", at: 0.5) == [])
        // Its turn is not over.
        #expect(ask(&turns, 3, for: "a", at: 0.9) == [.admit(3, to: "a")])
        #expect(ask(&turns, 4, for: "a", at: 1) == [])
        #expect(ask(&turns, 5, for: "b", at: 1) == [])
        #expect(end(&turns, 1, at: 2) == [])
        // Its last user ends: all who wait for the other are let in.
        #expect(
            end(&turns, 3, at: 3) == [.close("a"), .open("b"), .admit(2, to: "b"), .admit(5, to: "b")])
        // And after these the first again.
        #expect(end(&turns, 2, at: 3) == [])
        #expect(end(&turns, 5, at: 3) == [.close("b"), .open("a"), .admit(4, to: "a")])
    }

    @Test("images that started before somebody waited for another network have theirs first: it is not loaded anew")
    func underWay() {
        var turns = busy()
        #expect(turns.start(2, for: "a") == [])
        #expect(turns.start(3, for: "a") == [])
        #expect(ask(&turns, 4, for: "b", at: 10) == [])
        #expect(turns.start(5, for: "a") == [])
        turns.ask(2)
        turns.ask(5)
        #expect(turns.next(at: Self.at(10)) == [.admit(2, to: "a")])
        #expect(end(&turns, 1, at: 11) == [])
        // One is still coming.
        #expect(end(&turns, 2, at: 12) == [])
        #expect(turns.nextLook() == Self.at(12) + NetworkTurns.patience)
        #expect(turns.next(at: Self.at(12.9)) == [])
        #expect(end(&turns, 3, at: 12.95) == [.close("a"), .open("b"), .admit(4, to: "b")])
        #expect(turns.nextLook() == nil)
    }

    @Test("an image that a server keeps for long does not keep a place for its network")
    func lateComer() {
        var turns = busy()
        #expect(turns.start(2, for: "a") == [])
        #expect(ask(&turns, 3, for: "b") == [])
        #expect(end(&turns, 1, at: 5) == [])
        let look = turns.nextLook()
        #expect(look == Self.at(5) + NetworkTurns.patience)
        #expect(turns.next(at: Self.at(6)) == [.close("a"), .open("b"), .admit(3, to: "b")])
        turns.ask(2)
        #expect(turns.next(at: Self.at(6)) == [])
        #expect(end(&turns, 3, at: 7) == [.close("b"), .open("a"), .admit(2, to: "a")])
    }

    @Test("a network that is loaded keeps its place for a time that is in proportion to its loading, within bounds")
    func turnLength() {
        for (took, turn) in [(0.01, 1.0), (1, 5), (2, 10), (60, 30)] {
            var turns = Self.turns(1)
            _ = ask(&turns, 1, for: "a")
            turns.loaded("a", took: .seconds(took), at: Self.start)
            _ = ask(&turns, 2, for: "b")
            #expect(ask(&turns, 3, for: "a", at: turn - 0.001) == [.admit(3, to: "a")])
            #expect(ask(&turns, 4, for: "a", at: turn) == [])
        }
    }

    @Test("one that is still being loaded makes no room")
    func loading() {
        var turns = Self.turns(1)
        _ = ask(&turns, 1, for: "a")
        _ = ask(&turns, 2, for: "b")
        #expect(ask(&turns, 3, for: "a", at: 1000) == [.admit(3, to: "a")])
    }

    @Test("where nobody else waits any more, who stood behind them is let in")
    func withdrawn() {
        var turns = busy()
        #expect(ask(&turns, 2, for: "b", at: 2) == [])
        #expect(ask(&turns, 3, for: "a", at: 2) == [])
        #expect(end(&turns, 2, at: 2) == [.admit(3, to: "a")])
    }

    @Test("a network that could not be loaded leaves its place to the next, and its users count for nothing")
    func failed() {
        var turns = Self.turns(1)
        _ = ask(&turns, 1, for: "a")
        _ = ask(&turns, 2, for: "b")
        turns.forget("a")
        #expect(turns.next(at: Self.start) == [.open("b"), .admit(2, to: "b")])
        turns.loaded("b", took: .zero, at: Self.start)
        #expect(ask(&turns, 3, for: "a", at: 2) == [])
        #expect(end(&turns, 2, at: 2) == [.close("b"), .open("a"), .admit(3, to: "a")])
        // Of the first loading, which failed: the second has its user still.
        #expect(ask(&turns, 4, for: "b", at: 2) == [])
        #expect(end(&turns, 1, at: 2) == [])
    }

    @Test("of several places the one is left first whose turn ended first, and the others go on")
    func several() {
        var turns = Self.turns(2)
        _ = ask(&turns, 1, for: "a")
        _ = ask(&turns, 2, for: "b")
        turns.loaded("b", took: .seconds(1), at: Self.start)
        turns.loaded("a", took: .seconds(2), at: Self.start)
        #expect(ask(&turns, 3, for: "c", at: 20) == [])
        #expect(ask(&turns, 4, for: "a", at: 20) == [.admit(4, to: "a")])
        #expect(ask(&turns, 5, for: "b", at: 20) == [])
        #expect(end(&turns, 2, at: 21) == [.close("b"), .open("c"), .admit(3, to: "c")])
        // Now it is the turn of b once more, for which the other makes room.
        #expect(ask(&turns, 6, for: "a", at: 22) == [])
        #expect(end(&turns, 1, at: 23) == [])
        #expect(end(&turns, 4, at: 23) == [.close("a"), .open("b"), .admit(5, to: "b")])
    }

    @Test("a network is opened ahead of who will want it only where it takes nobody's place")
    func ahead() {
        var turns = Self.turns(1)
        #expect(turns.start(1, for: "a") == [.open("a")])
        #expect(turns.start(2, for: "a") == [])
        #expect(turns.start(3, for: "b") == [])
        turns.ask(3)
        // It is being loaded for those who come.
        #expect(turns.next(at: Self.start) == [])
        turns.end(1, at: Self.start)
        turns.end(2, at: Self.start)
        #expect(turns.next(at: Self.start) == [.close("a"), .open("b"), .admit(3, to: "b")])
    }
}
