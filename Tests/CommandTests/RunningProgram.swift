import Concurrency
import Foundation
import TestSupport

/// The program itself, as a process.
final class RunningProgram: Sendable {
    /// What a process that ended left behind.
    struct Outcome: Sendable {
        let status: Int32
        let output: String
        let errors: String

        /// Lines for people.
        var errorLines: [Substring] { errors.split(separator: "\n") }
    }

    /// Where a process writes.
    enum Stream { case output, errors }

    // Process is not Sendable; it is touched from one thread at a time, under the lock.
    private let process: Locked<Process>
    private let output: URL
    private let errors: URL
    private let folder: TemporaryFolder
    private let ended: AsyncStream<Int32>
    private let words: [String]

    /// For the end of a process: the compiler for cards takes its time.
    private static let patience: Duration = .seconds(2400)
    /// The executable that was built with the tests.
    static let path = Checkout.program

    /// Starts the program, or another, with a working directory of its own where none is given.
    init(
        _ words: [String], executable: String = path, environment: [String: String] = [:], input: String? = nil,
        in place: String? = nil
    ) throws {
        self.words = words
        folder = try TemporaryFolder()
        output = URL(filePath: folder.path + "/output")
        errors = URL(filePath: folder.path + "/errors")
        let process = Process()
        process.executableURL = URL(filePath: executable)
        process.arguments = words
        process.currentDirectoryURL = URL(filePath: place ?? folder.path)
        // Nothing of this shell's may name a database.
        var variables = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "", "HOME": folder.path]
        variables.merge(environment) { $1 }
        process.environment = variables
        for url in [output, errors] { try Data().write(to: url) }
        process.standardOutput = try FileHandle(forWritingTo: output)
        process.standardError = try FileHandle(forWritingTo: errors)
        if let input {
            let file = try folder.write(input, to: "input")
            process.standardInput = try FileHandle(forReadingFrom: URL(filePath: file))
        } else {
            process.standardInput = FileHandle.nullDevice
        }
        let (ended, end) = AsyncStream.makeStream(of: Int32.self)
        self.ended = ended
        process.terminationHandler = { process in
            end.yield(process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus)
            end.finish()
        }
        try process.run()
        self.process = Locked(process)
    }

    /// Its number.
    var processIdentifier: Int32 { process.withLock { $0.processIdentifier } }

    /// Sends a signal.
    func signal(_ number: Int32) {
        kill(process.withLock { $0.processIdentifier }, number)
    }

    /// Waits until what stands on standard output or standard error matches, and returns what the pattern's first group
    /// matched.
    /// - Throws: where the process ended without writing anything such, or does not write it.
    func said(_ pattern: Regex<(Substring, Substring)>, on stream: Stream = .errors) async throws -> String {
        var found: String?
        try await waitUntil("words of \(words)") {
            // Asked first: what an ended program wrote is all there.
            let isRunning = isRunning
            let text = String(decoding: try Data(contentsOf: stream == .output ? output : errors), as: UTF8.self)
            found = text.firstMatch(of: pattern).map { String($0.output.1) }
            guard isRunning || found != nil else {
                throw CocoaError(.fileReadCorruptFile, userInfo: ["said": text])
            }
            return found != nil
        }
        return found ?? ""
    }

    /// False once it ended.
    var isRunning: Bool { process.withLock { $0.isRunning } }

    /// Waits for the end; one that does not come is made, and the process said to be at fault.
    func outcome() async throws -> Outcome {
        let late = Locked(false)
        let alarm = Task {
            try await Task.sleep(for: Self.patience)
            late.withLock { $0 = true }
            signal(SIGKILL)
        }
        defer { alarm.cancel() }
        var status: Int32 = -1
        for await number in ended { status = number }
        if late.withLock({ $0 }) {
            let said = String(decoding: try Data(contentsOf: errors), as: UTF8.self)
            throw NeverCame("the end of \(words), which said \(said.suffix(1000))", within: Self.patience)
        }
        return Outcome(
            status: status, output: String(decoding: try Data(contentsOf: output), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }

    /// Runs the program to its end.
    static func run(
        _ words: [String], executable: String = path, environment: [String: String] = [:], input: String? = nil,
        in place: String? = nil
    ) async throws -> Outcome {
        try await RunningProgram(
            words, executable: executable, environment: environment, input: input, in: place
        ).outcome()
    }
}
