import Concurrency

/// One card with its loaded files; every call of the vendor's libraries is made on its own thread.
///
/// A batch is copied in, launched, waited for and copied out without a suspension between: on any other thread the
/// wait would answer at once, and what was copied out would be the batch before.
actor BM1684Card {
    private enum State {
        /// Before `load`, and while all is well.
        case open(SophonDevice, [Int: SophonModel])
        /// The device failed; its memory is still held.
        case failed(SophonDevice, [Int: SophonModel], InferenceError)
        case closed
    }

    /// The cards of this process that hold a network.
    private static let inUse = Locked<Set<String>>([])

    private let executor: ThreadExecutor
    private let name: String
    private var state = State.closed
    private var claimed = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(name: String) {
        self.name = name
        executor = ThreadExecutor(name: name)
    }

    deinit {
        // An engine that was dropped rather than closed gives its card back too.
        if claimed { _ = Self.inUse.withLock { $0.remove(name) } }
    }

    /// Opens the card and loads the files of a network.
    /// - Returns: what each file says of itself, by its batch size.
    func load(
        _ description: NetworkDescription, from library: SophonLibrary, index: Int, options: BM1684Options
    ) throws(InferenceError) -> [Int: BM1684Network] {
        try claim()
        let device = try SophonDevice(library, index: index, batchTimeout: options.batchTimeout)
        var models: [Int: SophonModel] = [:]
        // The largest first. The runtimes of a process share one work memory per device; where a later file needs more
        // of it than there is, it is freed and made anew, and the files before compute in memory that is no longer
        // theirs. (Seen with single-precision networks: results of zeros, or of another tensor.)
        for file in description.files.sorted(by: { $0.batch > $1.batch }) {
            models[file.batch] = try SophonModel(
                file: file, of: description, on: device, library: library, plainInput: options.plainInput)
        }
        state = .open(device, models)
        return models.mapValues(\.network)
    }

    /// Computes one packed batch.
    /// - Returns: how long the device took, copies included.
    /// - Throws: what failed; after a failure of the device, the same at once for every batch that follows.
    func run(_ batch: Int, in staging: StagingBuffer) throws(InferenceError) -> Duration {
        switch state {
        case .closed:
            throw .closed(device: name)
        case .failed(_, _, let error):
            throw error
        case .open(let device, let models):
            guard let model = models[batch] else {
                throw .callFailed(call: "run", model: name, reason: "no file for a batch of \(batch)")
            }
            let clock = ContinuousClock()
            let start = clock.now
            do throws(InferenceError) {
                try model.run(from: staging.input, to: staging.output)
            } catch {
                state = .failed(device, models, error)
                throw error
            }
            return clock.now - start
        }
    }

    /// How the card is.
    /// - Throws: `InferenceError.closed`.
    func health() throws(InferenceError) -> CardHealth {
        switch state {
        case .closed: throw .closed(device: name)
        case .open(let device, _), .failed(let device, _, _): return device.health()
        }
    }

    /// Frees the buffers, the runtimes and the card, on the card's thread.
    func close() {
        state = .closed
        if claimed {
            Self.inUse.withLock { _ = $0.remove(name) }
            claimed = false
        }
    }

    /// Refuses a second network on one card of this process: see `load` for what they would share.
    private func claim() throws(InferenceError) {
        let free = Self.inUse.withLock { $0.insert(name).inserted }
        guard free else {
            throw .deviceFailed(device: name, reason: "this process has a network on it already; close that first")
        }
        claimed = true
    }
}
