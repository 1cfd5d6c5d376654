import Concurrency
public import Counting
import Inference
public import Supervision

/// Watches the engines of a worker, so that its coordinator can tell a card that hangs or slows down.
public final class EngineWatch: Sendable {
    private struct State {
        var pulse = EnginePulse()
        var engine: (any InferenceEngine)?
        var health = CardHealth()
        var isAsking = false
    }

    private let state = Locked(State())
    private let clock = ContinuousClock()

    /// Nothing to watch yet.
    public init() {}

    /// A factory whose engines are watched.
    public func watching(_ engines: EngineFactory) -> EngineFactory {
        EngineFactory(identity: engines.identity, networksAtOnce: engines.networksAtOnce) { description in
            let engine = try await engines.load(description)
            self.state.withLock { $0.engine = engine }
            return WatchedEngine(engine, name: description.name, watch: self)
        }
    }

    /// What there is to tell at the moment.
    public func report() -> WorkerReport {
        askHealth()
        return state.withLock { state in
            let now = clock.now
            state.pulse.advance(to: now)
            var report = WorkerReport()
            report.tiles = state.pulse.tiles
            report.busyMilliseconds = Int(state.pulse.busy / .milliseconds(1))
            report.fullTiles = state.pulse.fullTiles
            report.fullMilliseconds = Int(state.pulse.full / .milliseconds(1))
            report.stuckMilliseconds = Int(state.pulse.stuck(at: now) / .milliseconds(1))
            report.network = state.pulse.network
            report.chipCelsius = state.health.chipTemperature
            report.boardCelsius = state.health.boardTemperature
            report.watts = state.health.chipPower
            report.loadPercent = state.health.utilisation
            report.memoryUsed = state.health.memoryUsed
            report.troubles = state.health.troubles?.rawValue
            return report
        }
    }

    func handIn(_ count: Int, to network: String, batch: Int) {
        state.withLock { $0.pulse.handIn(count, to: network, batch: batch, at: clock.now) }
    }

    func takeOut(_ count: Int, isComputed: Bool) {
        state.withLock { $0.pulse.takeOut(count, isComputed: isComputed, at: clock.now) }
    }

    /// The answer is told by a later report: a card that hangs does not answer.
    private func askHealth() {
        let engine: (any InferenceEngine)? = state.withLock { state in
            guard !state.isAsking else { return nil }
            state.isAsking = state.engine != nil
            return state.engine
        }
        guard let engine else { return }
        Task {
            let health = try? await engine.health()
            state.withLock { state in
                state.isAsking = false
                if let health { state.health = health }
            }
        }
    }
}
