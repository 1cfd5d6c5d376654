import Concurrency

/// One card with its loaded files; every call of the vendor's libraries is made on its own thread.
///
/// A batch is copied in, launched, waited for and copied out without a suspension between: on any other thread the
/// wait would answer at once, and what was copied out would be the batch before.
actor BM1684Card {
    private enum State {
        /// Since `load`, while all is well.
        case open(SophonDevice, [Int: SophonModel])
        /// The device failed; its memory is still held.
        case failed(SophonDevice, [Int: SophonModel], InferenceError)
        /// Before `load`, where it threw, and after `close`.
        case closed
    }

    private let executor: ThreadExecutor
    private let name: String
    private var state = State.closed

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(name: String) {
        self.name = name
        executor = ThreadExecutor(name: name)
    }

    /// Opens the card and loads the files of a network.
    /// - Returns: what each file says of itself, by its batch size.
    func load(
        _ description: NetworkDescription, from library: SophonLibrary, index: Int, options: BM1684Options
    ) throws(InferenceError) -> [Int: BM1684Network] {
        let files = try BM1684Files(description).inLoadingOrder
        let device = try SophonDevice(
            library, index: index, claim: CardClaim(name), batchTimeout: options.batchTimeout)
        // Every model holds the device, so that it is released after the last of them, also where a later one is refused.
        var models: [Int: SophonModel] = [:]
        for entry in files {
            models[entry.file.batch] = try SophonModel(
                entry, of: description, on: device, library: library, plainInput: options.plainInput)
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
    }
}
