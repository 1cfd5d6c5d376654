import Concurrency
import Foundation
import Glibc
import Supervision

/// The program itself, or another, as a process of its own; one that nobody holds any more is killed.
///
/// Not started by Foundation: its `Process` ended a test process by SIGSEGV where many are started at once.
public final class RunningProgram: Sendable {
    /// What a process that ended left behind.
    public struct Outcome: Sendable {
        /// Its own, or 128 and the number of the signal that ended it.
        public let status: Int32
        /// What it wrote to its standard output.
        public let output: String
        /// What it wrote to its standard error.
        public let errors: String

        /// Lines for people.
        public var errorLines: [Substring] { errors.split(separator: "\n") }
    }

    /// Where a process writes.
    public enum Stream { case output, errors }

    /// Its number, which stays its own until `status` is set.
    public let processIdentifier: Int32
    private let words: [String]
    private let status: Locked<Int32?>
    private let ended: AsyncStream<Void>
    private let output: String
    private let errors: String
    /// For the end of a process: the compiler for cards takes its time.
    private static let patience: Duration = .seconds(2400)

    /// Starts the program, or another, with a working folder of its own where none is given.
    /// - Parameters:
    ///   - environment: added to PATH and a HOME of its own, or in their place.
    ///   - input: what it reads from its standard input; nothing where it is left out.
    ///   - output: the file that is its standard output, such as `/dev/full`; one of its own where it is left out.
    public init(
        _ words: [String], executable: String = Checkout.program, environment: [String: String] = [:],
        input: String? = nil, output: String? = nil, in place: String? = nil
    ) throws {
        let folder = try TemporaryFolder()
        self.words = words
        self.output = output ?? folder.path + "/output"
        errors = folder.path + "/errors"
        let streams = [
            open(try input.map { try folder.write($0, to: "input") } ?? "/dev/null", O_RDONLY | O_CLOEXEC),
            open(self.output, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644),
            open(errors, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644),
        ]
        defer { for stream in streams { close(stream) } }
        guard !streams.contains(-1) else { throw CocoaError(.fileReadUnknown) }
        var launch = ProgramLaunch(executable, words, output: streams[1])
        launch.input = streams[0]
        launch.errors = streams[2]
        launch.folder = place ?? folder.path
        // Nothing of this shell's may name a database.
        let own = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": folder.path]
        launch.environment = own.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
        processIdentifier = try launch.start()
        (status, ended) = Self.watch(processIdentifier)
    }

    deinit {
        signal(SIGKILL)
    }

    /// False once it ended.
    public var isRunning: Bool { status.withLock { $0 == nil } }

    /// Sends a signal, unless it ended.
    public func signal(_ number: Int32) {
        status.withLock { status in
            if status == nil { _ = kill(processIdentifier, number) }
        }
    }

    /// Waits until what stands on standard output or standard error matches, and returns what the pattern's first group
    /// matched.
    /// - Throws: where the process ended without writing anything such, or does not come to it.
    public func said(_ pattern: Regex<(Substring, Substring)>, on stream: Stream = .errors) async throws -> String {
        var found: String?
        try await waitUntil("words of \(words)") {
            // Asked first: what an ended program wrote is all there.
            let isRunning = isRunning
            let text = try Self.text(of: stream == .output ? output : errors)
            found = text.firstMatch(of: pattern).map { String($0.output.1) }
            guard isRunning || found != nil else {
                throw CocoaError(.fileReadCorruptFile, userInfo: ["said": text])
            }
            return found != nil
        }
        return found ?? ""
    }

    /// Waits for the end; one that does not come is made, and the process said to be at fault.
    public func outcome() async throws -> Outcome {
        let late = Locked(false)
        let alarm = Task {
            try await Task.sleep(for: Self.patience)
            late.withLock { $0 = true }
            signal(SIGKILL)
        }
        defer { alarm.cancel() }
        for await _ in ended {}
        guard let status = status.withLock({ $0 }) else { throw CancellationError() }
        if late.withLock({ $0 }) {
            throw NeverCame(
                "the end of \(words), which said \(try Self.text(of: errors).suffix(1000))", within: Self.patience)
        }
        return Outcome(status: status, output: try Self.text(of: output), errors: try Self.text(of: errors))
    }

    /// Runs the program to its end.
    public static func run(
        _ words: [String], executable: String = Checkout.program, environment: [String: String] = [:],
        input: String? = nil, output: String? = nil, in place: String? = nil
    ) async throws -> Outcome {
        try await RunningProgram(
            words, executable: executable, environment: environment, input: input, output: output, in: place
        ).outcome()
    }

    private static func text(of file: String) throws -> String {
        var attributes = stat()
        // A device that was given holds nothing to be read.
        guard stat(file, &attributes) == 0, attributes.st_mode & S_IFMT == S_IFREG else { return "" }
        return String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self)
    }

    /// Waits for the end on a thread of its own; the stream ends once the status is set.
    private static func watch(_ process: Int32) -> (Locked<Int32?>, AsyncStream<Void>) {
        let status = Locked<Int32?>(nil)
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        Thread.detachNewThread {
            var information = siginfo_t()
            while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0 && errno == EINTR {}
            // Its number may pass to another process from here on, so no signal is sent meanwhile.
            status.withLock { status in
                var raw: Int32 = 0
                waitpid(process, &raw, 0)
                status = raw & 0x7F == 0 ? (raw >> 8) & 0xFF : 128 + (raw & 0x7F)
            }
            end.finish()
        }
        return (status, ended)
    }
}
