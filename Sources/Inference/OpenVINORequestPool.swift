/// The requests of one engine: each is lent to one caller at a time, in order of arrival.
actor OpenVINORequestPool {
    private enum State {
        /// Requests are lent. May become `closing`.
        case open
        /// None is lent any more; those that are lent are awaited. May become `closed`.
        case closing
        /// The requests are gone.
        case closed
    }

    private let device: String
    private var state = State.open
    private var idle: [OpenVINORequest]
    private var lent = 0
    private var waiting: [CheckedContinuation<OpenVINORequest?, Never>] = []
    private var closers: [CheckedContinuation<Void, Never>] = []

    init(_ requests: [OpenVINORequest], device: String) {
        idle = requests
        self.device = device
    }

    /// - Throws: `InferenceError.closed`.
    func checkOpen() throws(InferenceError) {
        guard state == .open else { throw .closed(device: device) }
    }

    /// Lends a request; `giveBack(_:)` must follow.
    /// - Throws: `InferenceError.closed`, also for who was waiting when the pool was closed.
    func lend() async throws(InferenceError) -> OpenVINORequest {
        try checkOpen()
        if let request = idle.popLast() {
            lent += 1
            return request
        }
        guard let request = await withCheckedContinuation({ waiting.append($0) }) else {
            throw .closed(device: device)
        }
        return request
    }

    /// Takes a lent request back.
    func giveBack(_ request: OpenVINORequest) {
        if state == .open, !waiting.isEmpty {
            waiting.removeFirst().resume(returning: request)
            return
        }
        lent -= 1
        if state == .open { idle.append(request) }
        if state == .closing && lent == 0 { finishClosing() }
    }

    /// Lends nothing more, waits for what is lent, and lets go of the requests. May be called again.
    func close() async {
        if state == .open {
            state = .closing
            idle = []
            for waiter in waiting { waiter.resume(returning: nil) }
            waiting = []
            if lent == 0 { finishClosing() }
        }
        if state == .closing {
            await withCheckedContinuation { closers.append($0) }
        }
    }

    private func finishClosing() {
        state = .closed
        for closer in closers { closer.resume() }
        closers = []
    }
}
