/// The time limits of one transfer, as it moves from connecting to waiting to receiving.
struct TransferDeadlines {
    typealias Instant = ContinuousClock.Instant

    private enum Stage {
        /// Has no socket, for another transfer's connection may serve both. Becomes `connecting` with a socket of its own,
        /// or when it has waited long enough for the other; `waiting` where the other serves.
        case sharing(since: Instant)
        /// Becomes `waiting` when the request goes out. `since` is the time of the first socket, once there is one:
        /// libcurl may let a redirect wait for a place at its host.
        case connecting(since: Instant, hasSocket: Bool = false)
        /// Becomes `receiving` with the headers, or `connecting` where they redirect.
        case waiting(since: Instant)
        /// Stays until the end.
        case receiving(since: Instant, bytes: Int)
    }

    private let limits: FetchConfiguration
    private let end: Instant
    private var stage: Stage

    /// - Parameter isShared: true where it first waits for what the connection of another transfer turns out to be.
    init(_ limits: FetchConfiguration, start: Instant, isShared: Bool = false) {
        self.limits = limits
        end = start + limits.totalTimeout
        stage = isShared ? .sharing(since: start) : .connecting(since: start)
    }

    mutating func connectionBegins(at now: Instant) {
        switch stage {
        case .sharing, .connecting(_, false): stage = .connecting(since: now, hasSocket: true)
        default: break
        }
    }

    /// Waits for no other connection any more, where it did until now.
    /// - Returns: false where it did not.
    mutating func connectsAlone(at now: Instant) -> Bool {
        guard case .sharing = stage else { return false }
        stage = .connecting(since: now)
        return true
    }

    mutating func requestGoesOut(at now: Instant) {
        stage = .waiting(since: now)
    }

    mutating func headersEnd(redirecting: Bool, at now: Instant) {
        stage = redirecting ? .connecting(since: now) : .receiving(since: now, bytes: 0)
    }

    mutating func bodyArrives(bytes count: Int) {
        guard case .receiving(let since, let bytes) = stage else { return }
        stage = .receiving(since: since, bytes: bytes + count)
    }

    /// The limit that is reached; a window of the body that was fast enough gives way to the next one.
    mutating func expired(at now: Instant) -> FetchStage? {
        if now >= end { return .total }
        guard now >= stageEnd else { return nil }
        switch stage {
        case .sharing, .connecting: return .connect
        case .waiting: return .firstByte
        case .receiving(let since, let bytes):
            // `Duration / Duration` is the ratio; one second of Duration makes it seconds.
            let seconds = (now - since) / .seconds(1)
            guard Double(bytes) >= Double(limits.lowSpeedBytesPerSecond) * seconds else { return .body }
            stage = .receiving(since: now, bytes: 0)
            return nil
        }
    }

    /// When `expired` must be asked again.
    var next: Instant {
        min(end, stageEnd)
    }

    private var stageEnd: Instant {
        switch stage {
        // One that hangs delays the others, and is not what they end with.
        case .sharing(let since): since + limits.connectTimeout / 2
        case .connecting(let since, _): since + limits.connectTimeout
        case .waiting(let since): since + limits.firstByteTimeout
        case .receiving(let since, _): since + limits.lowSpeedWindow
        }
    }
}
