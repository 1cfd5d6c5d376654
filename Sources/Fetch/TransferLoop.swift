import CCurl
import Concurrency
import Glibc

/// Drives every transfer of a fetcher with libcurl's multi interface, on a thread of its own.
actor TransferLoop {
    nonisolated let inbox: TransferInbox

    private let executor = ThreadExecutor(name: "fetch")
    private let configuration: FetchConfiguration
    private let policy: AddressPolicy
    private let multi: UnsafeMutableRawPointer
    private var schedule: TransferSchedule
    private var waiting: [UInt64: TransferRequest] = [:]
    private var running: [UInt64: Transfer] = [:]
    private var tickets: [UnsafeMutableRawPointer: UInt64] = [:]

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    init(_ configuration: FetchConfiguration) throws(FetchError) {
        guard Self.isLibraryReady, let multi = curl_multi_init() else {
            throw .badConfiguration(reason: "libcurl could not be initialised")
        }
        self.configuration = configuration
        self.multi = multi
        inbox = TransferInbox(waking: multi)
        policy = AddressPolicy(allowing: configuration.allowedNetworks)
        schedule = TransferSchedule(
            perOrigin: configuration.connectionsPerHost, total: configuration.connections,
            interval: configuration.requestsPerSecondAndHost.map { .seconds(1 / $0) } ?? .zero)
        // The schedule keeps these limits already, except where a redirect leads to another origin.
        headcount_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.connectionsPerHost)
        headcount_curl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, configuration.connections)
        headcount_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.connections)
    }

    /// Holds the thread until the inbox is closed; then ends what is in flight and frees everything.
    func run() {
        Self.blockBrokenPipeSignal()
        // libcurl turns host names beyond ASCII into their DNS form by the locale of the thread, which is C by default.
        let utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nil)
        let usual = uselocale(utf8)
        defer {
            uselocale(usual)
            if let utf8 { freelocale(utf8) }
        }
        while takeArrivals() {
            var active: Int32 = 0
            curl_multi_perform(multi, &active)
            collectFinished()
            endExpired()
            startWaiting()
            curl_multi_poll(multi, nil, 0, pollMilliseconds(), nil)
        }
        inbox.end()
        for transfer in running.values { end(transfer, with: .closed(url: transfer.url.redacted)) }
        for request in waiting.values {
            request.continuation.resume(returning: .failure(.closed(url: request.url.redacted)))
        }
        waiting = [:]
        curl_multi_cleanup(multi)
    }

    /// Takes in requests and cancellations; `false` when the fetcher is closed.
    private func takeArrivals() -> Bool {
        let (arrivals, isClosed) = inbox.take()
        for request in arrivals.requests {
            if let rest = schedule.rest(of: request.url.origin, at: .now), rest > configuration.longestRest {
                refuse(request, for: rest)
                continue
            }
            waiting[request.ticket] = request
            schedule.add(request.ticket, origin: request.url.origin)
        }
        for ticket in arrivals.cancellations {
            if let transfer = running[ticket] {
                end(transfer, with: .cancelled(url: transfer.url.redacted))
            } else if let request = waiting.removeValue(forKey: ticket) {
                schedule.withdraw(ticket, origin: request.url.origin)
                request.continuation.resume(returning: .failure(.cancelled(url: request.url.redacted)))
            }
        }
        return !isClosed
    }

    private func startWaiting() {
        while let ticket = schedule.next() {
            guard let request = waiting.removeValue(forKey: ticket) else { continue }
            do throws(FetchError) {
                let transfer = try Transfer(request, configuration: configuration, policy: policy) { origin in
                    self.schedule.rest(of: origin, at: .now)
                }
                running[ticket] = transfer
                tickets[transfer.easy] = ticket
                curl_multi_add_handle(multi, transfer.easy)
            } catch {
                schedule.finish(origin: request.url.origin, .unknown)
                request.continuation.resume(returning: .failure(error))
            }
        }
    }

    private func collectFinished() {
        var queued: Int32 = 0
        while let message = curl_multi_info_read(multi, &queued) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let transfer = tickets[easy].flatMap({ running[$0] })
            else { continue }
            // Read first: removing the handle frees the message.
            let outcome = transfer.outcome(of: message.pointee.data.result)
            remove(transfer, Self.ending(of: outcome))
            transfer.continuation.resume(returning: outcome)
        }
    }

    /// Answers for an origin that is to be left alone, without asking it.
    private func refuse(_ request: TransferRequest, for rest: Duration) {
        request.continuation.resume(returning: .failure(.resting(url: request.url.redacted, wait: rest)))
    }

    private static func ending(of outcome: Result<FetchedResource, FetchError>) -> TransferSchedule.Ending {
        switch outcome {
        case .failure(.rateLimited(_, _, let asked)), .failure(.serverError(_, 503, let asked)):
            .trouble(asked: asked.map { min($0, .seconds(3600)) })
        // It was asked, and led to one that rests.
        case .success, .failure(.notFound), .failure(.denied), .failure(.resting): .fine
        case .failure: .unknown
        }
    }

    private func endExpired() {
        let now = ContinuousClock.now
        for transfer in running.values {
            guard let stage = transfer.deadlines.expired(at: now) else { continue }
            if stage == .connect, transfer.deadlines.connectsAlone(at: now) {
                // Nothing was done for it yet. Only what is added anew is woken.
                curl_multi_remove_handle(multi, transfer.easy)
                transfer.connectAlone()
                curl_multi_add_handle(multi, transfer.easy)
                continue
            }
            end(transfer, with: transfer.statusError ?? .timeout(url: transfer.url.redacted, stage: stage))
        }
    }

    private func end(_ transfer: Transfer, with error: FetchError) {
        // The body of one that says no may drip: what it said stands.
        remove(transfer, Self.ending(of: .failure(error)))
        transfer.continuation.resume(returning: .failure(error))
    }

    private func remove(_ transfer: Transfer, _ ending: TransferSchedule.Ending) {
        // Asked first: it goes with the handle.
        let asked = transfer.effectiveOrigin
        curl_multi_remove_handle(multi, transfer.easy)
        running[transfer.ticket] = nil
        tickets[transfer.easy] = nil
        let (origin, now) = (transfer.url.origin, ContinuousClock.now)
        let spread = Double.random(in: 0.75...1.25)
        if asked == origin {
            schedule.finish(origin: origin, ending, startedAt: transfer.startedAt, at: now, spread: spread)
        } else {
            // Who redirects is well; what was said, the other said.
            schedule.finish(origin: origin, .fine, startedAt: transfer.startedAt, at: now)
            schedule.note(ending, of: asked, startedAt: transfer.startedAt, at: now, spread: spread)
        }
        withdrawWaiting(for: asked, at: now)
    }

    /// Answers for what waits for an origin that rests for long.
    private func withdrawWaiting(for origin: String, at now: ContinuousClock.Instant) {
        guard let rest = schedule.rest(of: origin, at: now), rest > configuration.longestRest else { return }
        for ticket in schedule.withdrawAll(origin: origin) {
            if let request = waiting.removeValue(forKey: ticket) { refuse(request, for: rest) }
        }
    }

    /// libcurl shortens it by its own timers. Rounded up, so that a limit is reached when the poll returns.
    private func pollMilliseconds() -> Int32 {
        let deadline = running.values.lazy.map(\.deadlines.next).min()
        guard let next = [deadline, schedule.nextStart(after: .now)].compactMap({ $0 }).min() else {
            return Self.idleMilliseconds
        }
        let milliseconds = (next - .now) / .milliseconds(1)
        return Int32(min(max(milliseconds.rounded(.up), 0), Double(Self.idleMilliseconds)))
    }

    /// OpenSSL writes to sockets without MSG_NOSIGNAL, and libcurl leaves the signal to us as it is told to leave all.
    private static func blockBrokenPipeSignal() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }

    private static let isLibraryReady = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK
    private static let idleMilliseconds: Int32 = 60_000
}
