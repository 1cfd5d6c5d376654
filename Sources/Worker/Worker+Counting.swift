import Archive
import Concurrency
import Fetch
import Telemetry

/// How a worker counts: what it claims, starts and settles.
extension Worker {
    func count(for id: Int) async throws {
        try await withThrowingDiscardingTaskGroup { images in
            while true {
                try Task.checkCancellation()
                let question = nextQuestion()
                let (inFlight, isClaiming, stopping, graceIsOver) = state.withLock { state in
                    (state.progress.inFlight, state.isClaiming, state.stopping, state.graceIsOver)
                }
                if graceIsOver { images.cancelAll() }
                // Beside the counting, which may have enough to do while the database is slow, or away.
                if let question { images.addTask { try await self.ask(question, for: id) } }
                if inFlight < pipeline.widths.images {
                    if let work = start() {
                        images.addTask { await self.settle(work) }
                        continue
                    }
                    if inFlight == 0, !isClaiming {
                        // Within the group, so that leases are renewed meanwhile.
                        if stopping { return try await recordTheRest(for: id) }
                        if try await recordWhatIsReady(for: id, retrying: false) { continue }
                        if settings.drain, hasWrittenAll, try await isDrained(for: id) { return }
                    }
                }
                try await countNudge.wait(atMost: settings.idleInterval)
            }
        }
    }

    private var hasWrittenAll: Bool { state.withLock { $0.unwritten.isEmpty } }

    /// What to ask now; nothing while an answer is awaited.
    private func nextQuestion() -> ClaimQuestion? {
        state.withLock { state in
            guard !state.stopping, !state.isClaiming else { return nil }
            let question = state.timing.question(
                of: state.ledger, inFlight: state.progress.inFlight, width: pipeline.widths.images, at: clock.now)
            state.isClaiming = question != nil
            return question
        }
    }

    private func ask(_ question: ClaimQuestion, for id: Int) async throws {
        defer {
            state.withLock { $0.isClaiming = false }
            countNudge.nudge()
        }
        do {
            try await claim(question, for: id)
        } catch {
            // What was claimed nevertheless is given back when the worker signs off.
            guard Task.isCancelled, state.withLock({ $0.graceIsOver }) else { throw error }
        }
    }

    /// Asks at once where somebody says that there is work; where nothing can be heard the polling goes on.
    func keepHearing() async {
        if let notices {
            for await notice in notices { heard(notice) }
        } else {
            for await notice in database.notices() { heard(notice) }
        }
    }

    private func heard(_ notice: WorkNotice) {
        state.withLock { $0.timing.heard(notice, at: clock.now) }
        countNudge.nudge()
    }

    private func start() -> ShardLedger.Work? {
        state.withLock { state in
            guard let work = state.ledger.start() else { return nil }
            state.progress.inFlight += 1
            state.rate.start(at: clock.now)
            return work
        }
    }

    private func claim(_ question: ClaimQuestion, for id: Int) async throws {
        let isAhead = question != .next
        let (scope, rate, inHand) = state.withLock { state in
            var scope = state.scope
            // Of a run whose results cannot be written no more are made.
            scope.declinedRuns.formUnion(state.unwritten.runs)
            // However much a worker has in hand, it comes after what is ahead.
            return (scope, state.rate.value, isAhead ? 0 : state.ledger.inHand)
        }
        let pace = WorkerPace(rate: rate, inHand: inHand, batch: pipeline.imagesPerLaunch)
        var shards = try await database.call { [settings] in
            try await $0.claim(
                worker: id, lease: settings.lease, from: scope, pace: pace, maySteal: !isAhead, question)
        }
        // A heartbeat meanwhile must not give them back.
        state.withLock { [shards] in $0.ledger.expect(shards) }
        if settings.dedupe {
            for index in shards.indices { try await findEarlierCounts(of: &shards[index], for: id) }
        }
        state.withLock { state in
            state.ledger.arrived(shards, as: question)
            // Varied, so that the workers of a fleet do not ask all at once.
            state.timing.answered(question, isEmpty: shards.isEmpty, at: clock.now, spread: .random(in: 0.75...1.25))
            if state.stopping { state.ledger.giveUpUnstarted() }
        }
    }

    /// In a run that counts its set once more: what the server is asked about each picture.
    private func findEarlierCounts(of shard: inout ClaimedShard, for id: Int) async throws {
        // A run that cannot be described fails where its network is asked for.
        guard let run = try? await networks.description(ofRun: shard.run), run.hasKin, !run.keepsDensity else { return }
        let (numbers, of) = (shard.images.map(\.number), shard.run)
        let earlier = try await database.attempt(aboutRun: of) { [settings] in
            try await $0.earlierCounts(of: numbers, run: of, preprocessing: settings.preprocessing, worker: id)
        }
        for index in shard.images.indices { shard.images[index].earlier = earlier?[shard.images[index].number] }
    }

    private func isDrained(for id: Int) async throws -> Bool {
        let scope = state.withLock { $0.scope }
        return try await database.call { try await $0.isDrained(worker: id, scope: scope) }
    }

    private func settle(_ work: ShardLedger.Work) async {
        let outcome = await outcome(of: work)
        let isFinished = state.withLock { state in
            state.progress.inFlight -= 1
            switch outcome {
            case .count:
                state.unforeseen = []
                state.rate.end(isDone: true, at: clock.now)
            case .failure: state.rate.end(isDone: true, at: clock.now)
            case .postponed, .givenUp: state.rate.end(isDone: false, at: clock.now)
            }
            return state.ledger.settle(work, outcome)
        }
        note(outcome, of: work.image)
        onProgress(progress)
        if isFinished { recordNudge.nudge() }
        countNudge.nudge()
    }

    private func note(_ outcome: ShardLedger.Outcome, of image: ClaimedShard.Image) {
        switch outcome {
        // Who took a count over has noted how.
        case .count(let count) where count.source != nil:
            break
        case .count:
            metrics.counting.images.add(1, "counted")
        case .failure(let failure):
            metrics.counting.images.add(1, "failed")
            metrics.counting.failures.add(1, failure.failure.rawValue)
            onEvent(.failed(url: Fetcher.redacted(image.url), failure: failure.failure, detail: failure.detail))
        case .postponed:
            metrics.counting.images.add(1, "postponed")
        case .givenUp:
            metrics.counting.images.add(1, "given_up")
        }
    }

    private func outcome(of work: ShardLedger.Work) async -> ShardLedger.Outcome {
        do {
            let run = try await networks.description(ofRun: work.run)
            return .count(
                try await counter.count(work.image, forRun: work.run, run) { [state] in
                    state.withLock { $0.ledger.wants(work) }
                })
        } catch {
            switch Verdict(error) {
            case .failure(let failure, let detail, let askedDelay):
                return .failure(FailureResult(work.image, failure, detail: detail, askedDelay: askedDelay))
            case .postpone(let wait):
                return .postponed(PostponedImage(image: work.image.number, wait: wait))
            case .giveUp:
                return .givenUp
            case .decline(let reason):
                decline(work.run, reason)
                return .givenUp
            case .unforeseen(let reason):
                guard state.withLock({ $0.noteUnforeseen(work) }) else {
                    return .failure(FailureResult(work.image, .engine, detail: reason))
                }
                end(with: .unexpected(reason: reason))
                return .givenUp
            case .stop(let failure):
                end(with: failure)
                return .givenUp
            }
        }
    }

    func end(with failure: WorkerError) {
        state.withLock { $0.failure = $0.failure ?? failure }
        stop()
    }

    /// Leaves a run whose network cannot be loaded here to workers that can.
    private func decline(_ run: Int, _ reason: String) {
        let isNew = state.withLock { state in
            state.progress.declined[run] = reason
            state.ledger.giveUpUnstarted(ofRun: run)
            return state.scope.declinedRuns.insert(run).inserted
        }
        if isNew { onEvent(.declined(run: run, reason: reason)) }
    }
}
