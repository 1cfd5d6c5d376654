import Archive
import Concurrency
import Telemetry

/// The tasks of a worker beside counting and recording: renewing leases, ending in time.
extension Worker {
    func keepLeases(of id: Int) async throws {
        var due = clock.now
        while true {
            // From one heartbeat to the next, whatever comes between them.
            due = due + settings.heartbeatInterval
            try await clock.sleep(until: due)
            due = clock.now
            let (known, rate) = state.withLock { ($0.ledger.leases, $0.rate.value) }
            let held = try await database.call { [settings] in
                try await $0.heartbeat(worker: id, lease: settings.lease, holding: known, rate: rate)
            }
            // Only what was known before the question was asked: a shard claimed meanwhile is not in the answer, and
            // one that was finished meanwhile is in the ledger no more.
            let lost = state.withLock { state in
                let lost = known.subtracting(held.keys).filter { state.ledger.holds($0) }
                state.ledger.drop(lost)
                for (lease, last) in held { state.ledger.keep(lease, upTo: last) }
                return lost.count
            }
            if lost > 0 { noteLost(lost) }
            try await lookForNewerSchema()
            try await askForProgress()
        }
    }

    func noteLost(_ leases: Int) {
        metrics.counting.leasesLost.add(Double(leases))
        onEvent(.leasesLost(leases))
    }

    /// Stops where a newer version of the program is being put in place: this one may not know what its schema asks.
    private func lookForNewerSchema() async throws {
        guard !state.withLock({ $0.stopping }) else { return }
        do {
            try await database.call { try await $0.checkSchema() }
        } catch let error as ArchiveError {
            state.withLock { $0.failure = $0.failure ?? error }
            onEvent(.outdated(reason: error.description))
            stop()
        }
    }

    /// Waits until the worker is stopped, and then as long as what is in flight may take.
    func keepGrace() async throws {
        var end: ContinuousClock.Instant?
        while end == nil {
            end = state.withLock { $0.graceEnds }
            if end == nil { try await stopNudge.wait(atMost: .seconds(3600)) }
        }
        if let end { try await clock.sleep(until: end) }
        let inFlight = state.withLock { state in
            state.graceIsOver = true
            return state.progress.inFlight + state.unwritten.images
        }
        onEvent(.graceOver(images: inFlight))
        // What is settled is written while the database is still waited for: what is in flight may take its time to end.
        recordNudge.nudge()
        countNudge.nudge()
        // Ends with the others.
        while true { try await clock.sleep(for: .seconds(3600)) }
    }

    /// What is left in the runs, for whoever looks on.
    private func askForProgress() async throws {
        let set = settings.set
        let rest = try await database.call { try await $0.rest(ofSet: set) }
        state.withLock { state in
            state.progress.pending = rest.pending
            state.progress.clusterRate = rest.imagesPerSecond
        }
    }
}
