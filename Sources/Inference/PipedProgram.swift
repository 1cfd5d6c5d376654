import CSystem
import Concurrency
import Glibc

/// Another program, started by this one and spoken to over its standard input and output.
///
/// Its standard error is added to a file. It has no other descriptor of this process. A child that was not waited for is
/// killed with the last reference, and so is what it started: it leads a process group, which Ctrl-C does not reach.
public final class PipedProgram: Sendable {
    /// Who is at the other end of the child's standard input, or of its standard output.
    public enum Stream: Sendable {
        /// Nobody: there is nothing to read, and what is written goes to the log.
        case log
        /// This process.
        case pipe
    }

    private let process: pid_t
    /// Written to and read from by one caller at a time.
    private let input: Int32
    private let output: Int32
    private let status = Locked<Int32?>(nil)

    /// Starts a program.
    /// - Parameters:
    ///   - words: the path of the program, then its arguments.
    ///   - environment: `NAME=value`, the whole of it.
    /// - Throws: `InferenceError.libraryMissing` where the program cannot be started.
    public init(
        _ words: [String], environment: [String], in folder: String, input: Stream, output: Stream, log: String
    ) throws(InferenceError) {
        let logged = try Self.openToAppend(log)
        defer { Glibc.close(logged) }
        var (childInput, ourInput, ourOutput, childOutput): (Int32, Int32, Int32, Int32) = (-1, -1, -1, logged)
        if case .pipe = input { (childInput, ourInput) = Self.pipe() }
        if case .pipe = output { (ourOutput, childOutput) = Self.pipe() }
        defer {
            if childInput >= 0 { Glibc.close(childInput) }
            if childOutput != logged { Glibc.close(childOutput) }
        }
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { (arguments + variables).forEach { free($0) } }
        var process: pid_t = 0
        let failure = folder.withCString { folder in
            arguments.withUnsafeBufferPointer { arguments in
                variables.withUnsafeBufferPointer { variables in
                    var program = headcount_program(
                        path: arguments[0], arguments: arguments.baseAddress, environment: variables.baseAddress,
                        folder: folder, input: childInput, output: childOutput, errors: logged, identity: nil,
                        leads_group: true)
                    return headcount_spawn(&process, &program)
                }
            }
        }
        guard failure == 0 else {
            for descriptor in [ourInput, ourOutput] where descriptor >= 0 { Glibc.close(descriptor) }
            throw .libraryMissing(
                name: words[0], searched: [folder], reason: String(cString: strerror(failure)),
                remedy: Toolchain.remedy)
        }
        self.process = process
        self.input = ourInput
        self.output = ourOutput
    }

    deinit {
        if status.withLock({ $0 == nil }) {
            kill()
            var ignored: Int32 = 0
            while waitpid(process, &ignored, 0) < 0 && errno == EINTR {}
        }
        for descriptor in [input, output] where descriptor >= 0 { Glibc.close(descriptor) }
    }

    /// Ends the child and what it started.
    public func kill() {
        // Not one that was waited for: its number may be another's by now.
        status.withLock { status in
            if status == nil { Glibc.kill(-process, SIGKILL) }
        }
    }

    /// What the child ended with: its status, or 128 and the number of the signal; `nil` while it runs.
    public func endStatus() -> Int32? {
        status.withLock { status in
            if let status { return status }
            var raw: Int32 = 0
            guard waitpid(process, &raw, WNOHANG) == process else { return nil }
            status = raw & 0x7f == 0 ? (raw >> 8) & 0xff : 128 + (raw & 0x7f)
            return status
        }
    }

    /// Waits for the end, a twentieth of a second at a time; where the task is cancelled, the child is ended.
    public func end() async throws -> Int32 {
        while true {
            if let status = endStatus() { return status }
            do {
                try await Task.sleep(for: .milliseconds(50))
            } catch {
                kill()
                throw error
            }
        }
    }

    /// Hands over bytes. Blocks until the child has taken them.
    /// - Returns: false where the child is gone.
    func write(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(input, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        return true
    }

    /// Fills a buffer. Blocks until the child has written as much.
    /// - Returns: false where the child ended before.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Bool {
        var rest = buffer
        while !rest.isEmpty {
            let count = Glibc.read(output, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = UnsafeMutableRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        return true
    }

    /// The next line, without its end; `nil` where the child ended before.
    func readLine() -> [UInt8]? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while withUnsafeMutableBytes(of: &byte, { read(into: $0) }) {
            if byte == UInt8(ascii: "\n") { return line }
            line.append(byte)
        }
        return nil
    }

    /// The reading and the writing end.
    private static func pipe() -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        // Both ends are closed on exec by whoever starts a program here.
        Glibc.pipe(&ends)
        return (ends[0], ends[1])
    }

    private static func openToAppend(_ path: String) throws(InferenceError) -> Int32 {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw .callFailed(call: "opening \(path)", model: "a program", reason: String(cString: strerror(errno)))
        }
        return descriptor
    }
}
