import CSystem
import Concurrency
import Glibc

/// What people see: messages and a progress line on standard error, results on standard output.
///
/// Safe to use from any thread. A progress line is kept at the bottom of a terminal: messages and results appear above
/// it. Where standard error is no terminal there is no progress line.
public final class Console: Sendable {
    private struct State {
        var progress = ""
        var shown = false
    }

    /// True where standard error is a terminal on which a line can be written anew.
    public let isTerminal: Bool
    /// True where standard output is one.
    public let resultsAreOnTerminal: Bool
    private let messages: Int32
    private let results: Int32
    private let colours: Bool
    private let state = Locked(State())

    /// Takes standard output for results alone; to be made once, before another thread runs.
    /// - Parameter environment: `NO_COLOR`, when set to anything but nothing, turns colours off; `TERM=dumb` makes every
    ///   terminal a plain one.
    public convenience init(environment: [String: String]) {
        self.init(environment: environment, messages: STDERR_FILENO, results: StandardOutput.claim())
    }

    /// A console on other descriptors, which stay the caller's.
    init(environment: [String: String], messages: Int32, results: Int32) {
        let dumb = environment["TERM"] == "dumb"
        self.messages = messages
        self.results = results
        isTerminal = isatty(messages) == 1 && !dumb
        resultsAreOnTerminal = isatty(results) == 1 && !dumb
        colours = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Gives standard output back, for a program that takes the place of this one.
    public func yieldOutput() {
        dup2(results, STDOUT_FILENO)
    }

    /// A line for people.
    public func say(_ line: String) {
        writeAbove(Self.printable(line) + "\n")
    }

    /// A line that says what went wrong, or might.
    public func warn(_ line: String) {
        writeAbove(paint("headcount:", "1;33") + " " + Self.printable(line) + "\n")
    }

    /// The one line a command ends with when it failed.
    public func fail(_ line: String) {
        clearProgress()
        writeAbove(paint("headcount:", "1;31") + " " + Self.printable(line) + "\n")
    }

    /// Text of a result, as it is.
    /// - Throws: `ConsoleError` where nobody reads it any more, or the disk is full.
    public func output(_ text: String) throws(ConsoleError) {
        // A result on a terminal must not mix with the progress line; in a pipe it cannot.
        if resultsAreOnTerminal { clearProgress() }
        try Self.write(Array(text.utf8), to: results)
    }

    /// Bytes of a result, as they are.
    /// - Throws: `ConsoleError`, as for text.
    public func output(_ bytes: UnsafeRawBufferPointer) throws(ConsoleError) {
        if resultsAreOnTerminal { clearProgress() }
        try Self.write(bytes, to: results)
    }

    /// Replaces the progress line; an empty one removes it.
    public func showProgress(_ line: String) {
        guard isTerminal else { return }
        let cut = String(Self.printable(line).prefix(max(20, columns - 1)))
        state.withLock { state in
            state.progress = cut
            state.shown = !cut.isEmpty
            writeIgnoringErrors("\r\u{1B}[K" + cut)
        }
    }

    /// Removes the progress line.
    public func clearProgress() {
        state.withLock { state in
            guard state.shown else { return }
            state = State()
            writeIgnoringErrors("\r\u{1B}[K")
        }
    }

    /// Columns of the terminal that standard error is; 80 where it does not say.
    public var columns: Int {
        let width = Int(headcount_terminal_columns(messages))
        return width > 0 ? width : 80
    }

    private func paint(_ text: String, _ code: String) -> String {
        colours ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private func writeAbove(_ text: String) {
        state.withLock { state in
            let lead = state.shown ? "\r\u{1B}[K" : ""
            writeIgnoringErrors(lead + text + (state.shown ? state.progress : ""))
        }
    }

    /// Text from outside (URLs, server messages) must not steer the terminal: control characters are shown as escapes.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else { return text }
        return text.unicodeScalars.map { scalar in
            scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
        }.joined()
    }

    /// A message that cannot be written has nobody to read it.
    private func writeIgnoringErrors(_ text: String) {
        try? Self.write(Array(text.utf8), to: messages)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(ConsoleError) {
        let written = bytes.withUnsafeBytes { buffer in
            Result { () throws(ConsoleError) in try write(buffer, to: descriptor) }
        }
        try written.get()
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(ConsoleError) {
        var rest = bytes
        while !rest.isEmpty {
            let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if written >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(written))
            } else if errno == EAGAIN {
                // Whoever started the program may have made it one that does not wait.
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&entry, 1, -1)
            } else if errno != EINTR {
                throw errno == EPIPE ? .readerGone : .unwritable(reason: String(cString: strerror(errno)))
            }
        }
    }
}
