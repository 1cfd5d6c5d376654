import Concurrency
public import Density
public import Imaging

/// Decodes pictures in processes of their own: whatever a picture does to its decoder, no other picture is lost by it.
///
/// A process that crashes, takes more memory than its picture is known to need, or does not end in time fails the one
/// picture it was at (`ImagingError.decoderDied`, `.tookTooLong`) and is followed by a new one. The processes can do
/// nothing but compute: see `DecoderHelper`. A process whose picture nobody waits for any more, because the task was
/// cancelled, is ended at once. Pixels come back through shared memory and are copied once, to where earlier pictures'
/// were that are gone.
public final class DecoderPool: PictureDecoding {
    /// Pictures that come at the same time at first; more than these are rarely decoded at once where a card sets the pace.
    private static let wantedAtFirst = 2

    /// Bytes that are kept for each process between pictures unless it is told otherwise: taking them anew costs a little
    /// time.
    public static let mostKept = 2 * SharedArea.largestKept

    private let processes: [DecoderProcess]
    private let pool: ResourcePool<DecoderProcess>

    /// - Parameters:
    ///   - program: its file; started with `DecoderHelper.word` it has to call `DecoderHelper.run()`.
    ///   - processes: how many pictures are decoded at once. A process is started when it is first needed, or prepared.
    ///   - keeping: bytes that may be kept for each between pictures: half of them shared with it, half for pixels that it
    ///     gave and that nobody has any more.
    ///   - timeLimit: for one picture.
    public convenience init(
        program: String, limits: ImagingLimits = .init(), processes: Int, keeping: Int = mostKept,
        timeLimit: Duration = .seconds(120)
    ) {
        self.init(
            program: program, limits: limits, processes: processes, keeping: keeping, timeLimit: timeLimit, fault: nil)
    }

    /// - Parameter fault: what goes wrong in the processes, as `DecoderFault` writes it.
    init(
        program: String, limits: ImagingLimits, processes: Int, keeping: Int = mostKept, timeLimit: Duration,
        fault: String?
    ) {
        let settings = DecoderProcess.Settings(
            program: program, limits: limits, kept: keeping / 2, timeLimit: timeLimit, fault: fault)
        let count = max(1, processes)
        let store = PixelStore(limit: count * (keeping - keeping / 2))
        self.processes = (0..<count).map { _ in DecoderProcess(settings, store) }
        pool = ResourcePool(self.processes)
    }

    /// Starts the processes that the first pictures will want, so that they need not wait for that. What stands in the
    /// way is said where a picture is decoded.
    public func prepare() async {
        await withDiscardingTaskGroup { group in
            // The pool hands out the last one first.
            for process in processes.suffix(Self.wantedAtFirst) {
                group.addTask { await process.prepare() }
            }
        }
    }

    /// Why the processes are not confined, in the system's words: a crash in one is kept apart then, but a decoder that is
    /// taken over can do what the user can. `nil` where they are.
    ///
    /// Starts a process where none was.
    /// - Throws: `ImagingError.decoderUnavailable`.
    public var looseness: String? {
        get async throws(ImagingError) {
            guard let last = processes.last else { return nil }
            try await last.startIfNeeded()
            return await last.looseness
        }
    }

    /// What the processes used so far.
    public var usage: DecoderUsage {
        get async {
            var all = DecoderUsage.none
            for process in processes { all = all + (await process.usage) }
            return all
        }
    }

    /// What a page of the picture says of itself.
    public func header(of bytes: [UInt8], page: Int) async throws(ImagingError) -> PictureHeader {
        try await header(of: bytes, page: page, for: nil)
    }

    /// Decodes a page of the picture at another size.
    public func decode(
        _ bytes: [UInt8], page: Int, resizedTo size: PixelSize, by resampling: Resampling
    ) async throws(ImagingError) -> Picture {
        try await decode(bytes, page: page, resizedTo: size, by: resampling, for: nil)
    }

    /// One that gives a process the picture anew only where it does not hold it any more.
    public func forOnePicture() -> any PictureDecoding { OnePictureDecoder(self) }

    func header(of bytes: [UInt8], page: Int, for picture: HeldPicture?) async throws(ImagingError) -> PictureHeader {
        try await withProcess(for: picture) { process throws(ImagingError) in
            try await process.header(of: bytes, page: page, for: picture)
        }
    }

    func decode(
        _ bytes: [UInt8], page: Int, resizedTo size: PixelSize, by resampling: Resampling, for picture: HeldPicture?
    ) async throws(ImagingError) -> Picture {
        try await withProcess(for: picture) { process throws(ImagingError) in
            try await process.decode(bytes, page: page, resizedTo: size, by: resampling, for: picture)
        }
    }

    /// The encoded picture and the pixels are held in the shared memory once more.
    public func memory(for header: PictureHeader, of encodedBytes: Int, resizedTo size: PixelSize) -> Int {
        header.memory(resizedTo: size) + encodedBytes + size.area * Picture.channels
    }

    /// Ends the processes. Later pictures start them again.
    public func close() async {
        for process in processes { await process.close() }
    }

    /// Lends a process; one that is at a picture is ended when the task is cancelled.
    private func withProcess<Result: Sendable>(
        for picture: HeldPicture?, _ body: (DecoderProcess) async throws(ImagingError) -> Result
    ) async throws(ImagingError) -> Result {
        guard let process = await pool.takeUnlessCancelled(preferring: { picture?.isLikely(in: $0) ?? false }) else {
            throw .cancelled
        }
        picture?.wasGiven(to: process)
        defer { pool.giveBack(process) }
        let outcome: Swift.Result<Result, ImagingError> = await withTaskCancellationHandler {
            do throws(ImagingError) {
                return .success(try await body(process))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            process.interrupt()
        }
        return try outcome.get()
    }

    /// Numbers of the processes that run.
    func processIDs() async -> [Int32] {
        var found: [Int32] = []
        for process in processes {
            if let id = await process.id { found.append(id) }
        }
        return found
    }
}
