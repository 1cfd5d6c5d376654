import Archive
import Glibc
import Supervision
import Testing

@testable import Coordinator

@Suite struct SupervisorStateTests {
    private let start = ContinuousClock.now

    private func card(
        _ id: Int = 1, workers: Int = 1, quarantine: String? = nil, engine: String = "simulated"
    ) -> CardRecord {
        CardRecord(
            id: id, name: "\(engine):\(id)", engine: engine, number: id, desiredWorkers: workers, quarantine: quarantine
        )
    }

    private func state(_ cards: [CardRecord]) -> SupervisorState {
        var state = SupervisorState(at: start)
        state.mayStart = true
        state.want(cards)
        return state
    }

    private func processes(_ count: Int, on id: Int = 1, of state: inout SupervisorState) {
        for number in 0..<count { state.started(Int32(id * 100 + number), on: id, at: start + .seconds(number)) }
    }

    private func report(
        stuck: Int = 0, counted: Int = 0, failure: WorkerReport.Failure? = nil
    ) -> WorkerReport {
        var report = WorkerReport()
        report.stuckMilliseconds = stuck
        report.counted = counted
        report.failure = failure
        return report
    }

    @Test("workers are counted as they are wanted, without those of cards that are kept out of work")
    func crowd() {
        let state = state([card(1, workers: 2), card(2), card(3, workers: 4, quarantine: "hot"), card(4, workers: 0)])
        #expect(state.crowd == HostCrowd(cards: 2, workers: 3))
    }

    @Test("a worker is cancelled after the time that it was given to finish, and some more")
    func grace() {
        for (grace, cancelled) in [(Duration.seconds(30), 41), (.seconds(120), 131)] {
            var state = SupervisorState(limits: .init(grace: grace), at: start)
            state.want([card()])
            processes(1, of: &state)
            state.stop()
            #expect(state.tick(at: start) == [.stop(100)])
            #expect(state.tick(at: start + .seconds(cancelled - 2)) == [])
            #expect(state.tick(at: start + .seconds(cancelled)) == [.cancel(100)])
        }
    }

    @Test("every worker that is missing is started, none before the database is there")
    func starts() {
        var state = state([card(1, workers: 3), card(2, workers: 0)])
        state.mayStart = false
        #expect(state.tick(at: start) == [])
        state.mayStart = true
        #expect(state.tick(at: start) == Array(repeating: .start(card(1, workers: 3)), count: 3))
    }

    @Test("people are told what is wanted of a card when that changes, and once what this host decided itself")
    func told() {
        var state = SupervisorState(at: start)
        state.mayStart = true
        #expect(state.want([card(1, workers: 2)]) == [.tell("simulated:1: 2 workers wanted")])
        #expect(state.want([card(1, workers: 2)]) == [])
        #expect(state.want([card(1, workers: 1)]) == [.tell("simulated:1: 1 worker wanted")])
        let loud = card(1, workers: 1, quarantine: "loud fan")
        #expect(state.want([loud]) == [.tell("simulated:1: kept out of work: loud fan")])
        #expect(state.want([card(1, workers: 1)]) == [.tell("simulated:1: 1 worker wanted")])
        processes(1, of: &state)
        let actions = state.heard(report(failure: .device(reason: "lost")), from: 100, at: start)
        #expect(actions == [.quarantine(card(1), reason: "lost")])
        #expect(state.want([card(1, workers: 1, quarantine: "lost")], condemned: [1]) == [])
        #expect(state.want([]) == [.tell("simulated:1: the host has it no more")])
        #expect(state.want([]) == [])
    }

    @Test("the youngest of a surplus finish, and are hurried on where they take too long")
    func surplus() {
        var state = state([card(1, workers: 3)])
        processes(3, of: &state)
        state.want([card(1, workers: 1)])
        #expect(state.tick(at: start + .seconds(4)) == [.stop(102), .stop(101)])
        #expect(state.tick(at: start + .seconds(5)) == [])
        #expect(state.ended(102, .status(0), at: start + .seconds(5)) == [.release(102)])
        // A report keeps the one that stays from being taken for hung.
        _ = state.heard(report(), from: 100, at: start + .seconds(45))
        #expect(state.tick(at: start + .seconds(45)) == [.cancel(101)])
        #expect(state.tick(at: start + .seconds(49)) == [.kill(101)])
        #expect(state.ended(101, .signal(SIGKILL), at: start + .seconds(49)) == [.release(101)])
    }

    @Test("a worker that was killed is released at once and back after a quarter of a second")
    func killed() {
        var state = state([card()])
        processes(1, of: &state)
        let actions = state.ended(100, .signal(SIGKILL), at: start)
        #expect(actions.first == .release(100))
        #expect(state.tick(at: start + .milliseconds(100)) == [])
        #expect(state.tick(at: start + .milliseconds(250)) == [.start(card())])
    }

    @Test("a process that tells nothing is killed, and its card goes on")
    func silent() {
        var state = state([card()])
        processes(1, of: &state)
        _ = state.heard(report(), from: 100, at: start + .seconds(1))
        #expect(state.tick(at: start + .seconds(9)) == [])
        #expect(state.tick(at: start + .seconds(10)) == [.kill(100)])
        #expect(state.ended(100, .signal(SIGKILL), at: start + .seconds(10)).first == .release(100))
        #expect(state.tick(at: start + .seconds(11)) == [.start(card())])
    }

    @Test("a process that has yet to tell anything has longer for its start")
    func slowStart() {
        var state = state([card()])
        processes(1, of: &state)
        #expect(state.tick(at: start + .seconds(30)) == [])
        #expect(state.tick(at: start + .seconds(31)) == [.kill(100)])
    }

    @Test("a card that hangs is kept out of work and its process killed, within ten seconds of the last batch")
    func hung() {
        var state = state([card()])
        processes(1, of: &state)
        #expect(state.heard(report(stuck: 6000), from: 100, at: start + .seconds(6)) == [])
        let actions = state.heard(report(stuck: 7000), from: 100, at: start + .seconds(7))
        #expect(actions.first == .kill(100))
        guard case .quarantine(let condemned, let reason) = actions.last else {
            Issue.record("no quarantine in \(actions)")
            return
        }
        #expect(condemned.id == 1)
        #expect(reason.contains("hangs"))
        #expect(state.ended(100, .signal(SIGKILL), at: start + .seconds(7)) == [.release(100)])
        // Not before it is released, whether or not the table says so yet.
        #expect(state.tick(at: start + .seconds(20)) == [])
        state.want([card(quarantine: reason)], condemned: [1])
        #expect(state.tick(at: start + .seconds(30)) == [])
        state.want([card()])
        #expect(state.tick(at: start + .seconds(31)) == [.start(card())])
    }

    @Test("the CPU may take its time")
    func patient() {
        var state = state([card(engine: "openvino")])
        processes(1, of: &state)
        #expect(state.heard(report(stuck: 60_000), from: 100, at: start + .seconds(60)) == [])
    }

    @Test("a release that comes before the quarantine was ever read counts")
    func quickRelease() {
        var state = state([card()])
        processes(1, of: &state)
        let lost = report(failure: .device(reason: "sync"))
        #expect(state.heard(lost, from: 100, at: start) == [.quarantine(card(), reason: "sync")])
        _ = state.ended(100, .status(69), at: start)
        state.want([card()], condemned: [1])
        #expect(state.tick(at: start) == [.start(card())])
    }

    @Test("a card whose device failed loses all its workers, a sibling none")
    func deviceFailed() {
        var state = state([card(1, workers: 2), card(2)])
        processes(2, on: 1, of: &state)
        processes(1, on: 2, of: &state)
        _ = state.heard(report(failure: .device(reason: "sync")), from: 100, at: start + .seconds(2))
        _ = state.ended(100, .status(69), at: start + .seconds(2))
        #expect(state.tick(at: start + .seconds(2)) == [.cancel(101)])
    }

    @Test("the fifth crash within a minute keeps the card out of work, with its last words")
    func crashLoop() {
        var state = state([card()])
        var last: [SupervisorState.Action] = []
        for number in 0..<5 {
            let now = start + .seconds(5 * number)
            #expect(state.tick(at: now) == [.start(card())])
            state.started(Int32(number), on: 1, at: now)
            last = state.ended(Int32(number), .signal(SIGABRT), at: now + .seconds(1))
        }
        guard case .quarantine(_, let reason) = last.last else {
            Issue.record("no quarantine in \(last)")
            return
        }
        #expect(reason.contains("signal 6"))
        #expect(state.tick(at: start + .seconds(100)) == [])
    }

    @Test("workers that lose the database are no fault of their card, however many")
    func databaseGone() {
        var state = state([card()])
        for number in 0..<20 {
            let now = start + .seconds(3 * number)
            #expect(state.tick(at: now) == [.start(card())])
            state.started(Int32(number), on: 1, at: now)
            _ = state.heard(report(failure: .database(reason: "gone")), from: Int32(number), at: now)
            #expect(state.ended(Int32(number), .status(69), at: now) == [.release(Int32(number))])
        }
    }

    @Test("a card that was taken out loses its workers and is forgotten")
    func takenOut() {
        var state = state([card()])
        processes(1, of: &state)
        state.want([])
        #expect(state.tick(at: start) == [.stop(100)])
        _ = state.ended(100, .status(0), at: start)
        _ = state.tick(at: start)
        #expect(state.overview.isEmpty)
        #expect(state.takeSamples(at: start + .seconds(1)).isEmpty)
    }

    @Test("stopping lets all finish, hurrying makes all give back, and nothing starts any more")
    func stopping() {
        var state = state([card(1, workers: 2)])
        processes(1, of: &state)
        state.stop()
        #expect(state.tick(at: start) == [.stop(100)])
        state.stop(atOnce: true)
        #expect(state.tick(at: start) == [.cancel(100)])
        _ = state.ended(100, .status(143), at: start)
        #expect(state.tick(at: start + .seconds(10)) == [])
        #expect(state.isEmpty)
    }

    @Test("samples hold what was done since the last one, over all workers of a card")
    func samples() {
        var state = state([card(1, workers: 2)])
        processes(2, of: &state)
        _ = state.heard(report(counted: 10), from: 100, at: start)
        _ = state.heard(report(counted: 5), from: 101, at: start)
        let first = state.takeSamples(at: start + .seconds(5))
        #expect(first.map(\.images) == [15])
        #expect(first.map(\.workers) == [2])
        #expect(first.map(\.seconds) == [5])
        _ = state.heard(report(counted: 12), from: 100, at: start + .seconds(6))
        #expect(state.takeSamples(at: start + .seconds(10)).map(\.images) == [2])
        #expect(state.overview.map(\.images) == [17])
    }

    @Test("what a card's driver once told is kept until it tells something else")
    func readings() {
        var state = state([card(1)])
        processes(1, of: &state)
        var health = WorkerReport()
        (health.chipCelsius, health.watts, health.loadPercent, health.memoryUsed) = (61, 14.5, 80, 1024)
        _ = state.probed(health, ofCard: "simulated:1")
        var later = report(counted: 1)
        later.chipCelsius = 63
        _ = state.heard(later, from: 100, at: start)
        let readings = state.overview.map(\.readings)
        #expect(readings.map(\.chipCelsius) == [63])
        #expect(readings.map(\.watts) == [14.5])
        #expect(readings.map(\.loadPercent) == [80])
        #expect(readings.map(\.memoryUsed) == [1024])
        #expect(readings.map(\.boardCelsius) == [nil])
    }

    @Test("a board that hangs is never reset, but people are told what a reset would take down")
    func advice() {
        let card = CardRecord(
            id: 1, name: "bm1684:1", engine: "bm1684", number: 1, desiredWorkers: 1,
            resetWith: ["bm1684:0", "bm1684:2"])
        #expect(Supervisor.advice(on: card) == "; a reset of its board would take down bm1684:0, bm1684:2 too")
    }
}
