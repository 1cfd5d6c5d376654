import Concurrency
import Density
import Glibc
import Imaging
import Supervision

/// One process that decodes, started when it is first needed and again after it died; one picture at a time.
actor DecoderProcess {
    /// What the processes of a pool have in common.
    struct Settings {
        let program: String
        let limits: ImagingLimits
        /// Bytes of the area that stay in memory between two pictures.
        let kept: Int
        let timeLimit: Duration
        let fault: String?
    }

    /// Time for a process to start, on a machine that has much to do.
    private static let longestStart: Duration = .seconds(60)
    /// A process that ends before it takes a request is not the fault of the picture.
    private static let mostStarts = 3

    private let executor = ThreadExecutor(name: "decoder")
    private let settings: Settings
    private let store: PixelStore
    private var child: ChildProcess?
    private var area: SharedArea? {
        didSet { held = nil }
    }
    /// The picture that lies in it whole; `nil` where none does that may be asked for again.
    private var held: HeldPicture?
    /// Bytes of it that were written since it was last empty.
    private var written = 0
    /// Why the processes are not confined; `nil` where they are, and before one was started.
    private(set) var looseness: String?
    /// The child that somebody waits for just now.
    private let awaited = Locked<ChildProcess?>(nil)
    /// What the children before the present one used.
    private var usedBefore = DecoderUsage.none

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// - Parameter store: where the pixels of the decoded pictures are.
    init(_ settings: Settings, _ store: PixelStore) {
        self.settings = settings
        self.store = store
    }

    /// Number of the process; `nil` while there is none.
    var id: Int32? { child?.id }

    /// What it used so far, with those that it followed.
    var usage: DecoderUsage {
        child.map { usedBefore.followed(by: DecoderUsage(ofProcess: $0.id)) } ?? usedBefore
    }

    /// Starts the process where there is none; one that cannot be started is tried again with the first picture.
    func prepare() {
        try? startIfNeeded()
    }

    func startIfNeeded() throws(ImagingError) {
        if child == nil { child = try start() }
    }

    /// - Parameter picture: whose bytes they are, where more is asked of the same.
    func header(
        of bytes: [UInt8], page: Int, for picture: HeldPicture? = nil
    ) throws(ImagingError) -> PictureHeader {
        defer { letGoOfLargeArea() }
        return try ask(bytes, of: picture, page: page)
    }

    func decode(
        _ bytes: [UInt8], page: Int, resizedTo size: PixelSize, by resampling: Resampling,
        for picture: HeldPicture? = nil
    ) throws(ImagingError) -> Picture {
        defer { letGoOfLargeArea() }
        let place = SharedArea.roundedUp(bytes.count)
        let target = DecoderRequest.Target(size: size, resampling: resampling, place: place)
        _ = try ask(bytes, of: picture, page: page, for: target)
        guard let area else { throw .decoderDied(how: "its pixels are gone") }
        return store.picture(of: size) { pixels in
            pixels.copyMemory(from: UnsafeRawBufferPointer(rebasing: area.bytes[place..<place + pixels.count]))
        }
    }

    /// Ends the process.
    func close() {
        drop()
    }

    private func ask(
        _ bytes: [UInt8], of picture: HeldPicture?, page: Int, for target: DecoderRequest.Target? = nil
    ) throws(ImagingError) -> PictureHeader {
        // The decoder would say the same; but so much need not even be copied.
        guard bytes.count <= settings.limits.maximumBytes else {
            throw .tooManyBytes(bytes: bytes.count, limit: settings.limits.maximumBytes)
        }
        let child = try handOver(bytes, of: picture, page: page, for: target)
        let heard = hear(child, within: settings.timeLimit)
        if Task.isCancelled, heard == .gone {
            drop()
            throw .cancelled
        }
        switch heard {
        case .message(let message):
            guard let reply = try? DecoderReply(message: message) else {
                drop()
                throw .decoderDied(how: "its answer made no sense")
            }
            return try take(reply)
        case .silence:
            drop()
            throw .tookTooLong(seconds: Int(settings.timeLimit / .seconds(1)))
        case .gone:
            drop()
            throw .decoderDied(how: child.end().description)
        }
    }

    /// Ends the child where somebody waits for it; may be called from any thread.
    nonisolated func interrupt() {
        awaited.withLock { $0?.signal(SIGKILL) }
    }

    private func hear(_ child: ChildProcess, within limit: Duration) -> ChildProcess.Heard {
        awaited.withLock { $0 = child }
        defer { awaited.withLock { $0 = nil } }
        // A cancellation before that found nobody to end; one from here on does.
        if Task.isCancelled { interrupt() }
        return child.hear(within: limit)
    }

    private func take(_ reply: DecoderReply) throws(ImagingError) -> PictureHeader {
        let header = try reply.outcome.get()
        guard header.size.area <= settings.limits.maximumPixels, header.frames <= settings.limits.maximumFrames else {
            throw .decoderDied(how: "its answer made no sense")
        }
        return header
    }

    /// Gives a request to the process, or to a new one where there is none or it ended meanwhile.
    private func handOver(
        _ bytes: [UInt8], of picture: HeldPicture?, page: Int, for target: DecoderRequest.Target?
    ) throws(ImagingError) -> ChildProcess {
        if Task.isCancelled { throw .cancelled }
        let needed = target.map { $0.place + $0.size.area * Picture.channels } ?? bytes.count
        for _ in 0..<Self.mostStarts {
            let child = if let child { child } else { try start() }
            self.child = child
            var descriptor: Int32?
            defer { if let descriptor { Glibc.close(descriptor) } }
            if area.map({ $0.bytes.count < needed }) ?? true {
                guard let made = SharedArea.make(atLeast: needed) else {
                    throw .outOfMemory(what: "\(needed) bytes to decode a picture in")
                }
                (area, descriptor, written) = (made.area, made.descriptor, 0)
            }
            guard let area else { break }
            written = max(written, needed)
            if picture == nil || held !== picture {
                bytes.withUnsafeBytes { area.bytes.copyMemory(from: $0) }
                held = picture
            }
            let request = DecoderRequest(
                limits: settings.limits, encodedBytes: bytes.count, page: page, target: target,
                areaBytes: descriptor == nil ? nil : area.bytes.count)
            if child.send(request.message, with: descriptor) { return child }
            drop()
        }
        throw .decoderUnavailable(reason: "they are ended as soon as they are started")
    }

    private func start() throws(ImagingError) -> ChildProcess {
        let output = open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { Glibc.close(output) }
        var launch = ProgramLaunch(settings.program, [DecoderHelper.word], output: output)
        // Of this process' environment, which may hold passwords, only where libraries are.
        launch.environment = ["SWIFT_BACKTRACE=enable=no"]
        if let folders = getenv("LD_LIBRARY_PATH") {
            launch.environment.append("LD_LIBRARY_PATH=\(String(cString: folders))")
        }
        if let fault = settings.fault { launch.environment.append("\(DecoderFault.variable)=\(fault)") }
        let child: ChildProcess
        do throws(SupervisionError) {
            child = try ChildProcess.start(launch)
        } catch {
            throw .decoderUnavailable(reason: error.description)
        }
        if case .message(let greeting) = hear(child, within: Self.longestStart) {
            let code = String(decoding: greeting, as: UTF8.self).wholeMatch(of: /ready ([0-9]+)/)
                .flatMap { Int32($0.output.1) }
            if let code {
                looseness = code == 0 ? nil : String(cString: strerror(code))
                return child
            }
        }
        child.end()
        if Task.isCancelled { throw .cancelled }
        throw .decoderUnavailable(reason: "\(settings.program) is none, or did not start")
    }

    /// The next picture gets a new process.
    private func drop() {
        // What a process used is told of it until it was waited for.
        usedBefore = usage
        child?.end()
        child = nil
        area = nil
    }

    private func letGoOfLargeArea() {
        guard let area else { return }
        if area.bytes.count > SharedArea.largestKept {
            self.area = nil
        } else if written > settings.kept {
            area.empty()
            (written, held) = (0, nil)
        }
    }
}
