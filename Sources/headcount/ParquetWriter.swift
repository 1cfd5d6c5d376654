import Archive
import Concurrency
import Glibc
import Inference
import Supervision

/// Makes a Parquet file of an export in CSV, by DuckDB's program, which is fed through a pipe.
final class ParquetWriter: Sendable {
    /// DuckDB is missing or failed.
    enum Failure: Error, CustomStringConvertible {
        case missing
        case gone(path: String)
        case failed(path: String, status: Int32)

        /// True where DuckDB is not there at all.
        var isAbsence: Bool { if case .missing = self { true } else { false } }

        var description: String {
            switch self {
            case .missing:
                "Parquet is written by DuckDB, which is not here: Deploy/duckdb fetches it, HEADCOUNT_DUCKDB names it"
            case .gone(let path): "DuckDB ended before \(path) was whole; its own lines are above"
            case .failed(let path, let status):
                "DuckDB could not write \(path): it ended with \(status), and its own lines are above"
            }
        }
    }

    private struct State {
        /// The writing end of the pipe; -1 once it is closed.
        var input: Int32
        var isEnded = false
    }

    private let path: String
    private let incoming: String
    private let process: Int32
    private let state: Locked<State>

    /// Starts DuckDB, which writes to a file beside `path` until all is there.
    /// - Throws: `Failure`, `OutputFile.Failure`, `SupervisionError`.
    init(_ path: String) throws {
        let program = try Self.program()
        guard StreamedFile.isReplaceable(path) else {
            throw OutputFile.Failure(path: path, reason: "it is a link, a device or a folder")
        }
        self.path = path
        incoming = "\(path).\(getpid()).incoming"
        // Tried here, since DuckDB would fail in words of its own.
        let trial = open(incoming, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard trial >= 0 else { throw OutputFile.Failure(path: path, reason: String(cString: strerror(errno))) }
        close(trial)
        var ends: [Int32] = [-1, -1]
        // A child is started with every other descriptor closed, so that none but DuckDB holds the pipe open.
        guard pipe(&ends) == 0 else {
            unlink(incoming)
            throw OutputFile.Failure(path: path, reason: String(cString: strerror(errno)))
        }
        defer { close(ends[0]) }
        var launch = ProgramLaunch(
            program, ["-batch", "-bail", ":memory:", "-c", Self.script(to: incoming)], output: STDERR_FILENO)
        // It would read a start file of the user's.
        launch.environment = ["HOME=/nonexistent", "LC_ALL=C.UTF-8"]
        launch.folder = Context.workingDirectory()
        launch.input = ends[0]
        do {
            process = try launch.start()
        } catch {
            close(ends[1])
            unlink(incoming)
            throw error
        }
        state = Locked(State(input: ends[1]))
    }

    /// What was not finished is ended and removed.
    deinit {
        state.withLock { state in
            if state.input >= 0 { close(state.input) }
            if !state.isEnded {
                kill(process, SIGKILL)
                _ = wait()
            }
        }
        unlink(incoming)
    }

    /// Hands over CSV. Blocks until DuckDB has taken it.
    func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        let input = state.withLock { $0.input }
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(input, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .gone(path: path) }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    /// Says that all was handed over, waits for DuckDB, and puts the file in its place.
    func finish() throws {
        let status = state.withLock { state in
            close(state.input)
            state.input = -1
            state.isEnded = true
            return wait()
        }
        guard status == 0 else { throw Failure.failed(path: path, status: status) }
        guard rename(incoming, path) == 0 else {
            throw OutputFile.Failure(path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// The status that the child ended with, or 128 and the number of the signal.
    private func wait() -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// What DuckDB is to do: streams, on one thread and in bounded memory.
    private static func script(to path: String) -> String {
        let columns = ExportColumn.all.map { "'\($0.name)': '\(type(of: $0.kind))'" }.joined(separator: ", ")
        let quoted = path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        return """
            SET threads = 1; SET memory_limit = '512MB'; SET TimeZone = 'UTC'; SET enable_progress_bar = false;
            COPY (SELECT * FROM read_csv('/dev/stdin', auto_detect = false, header = true, delim = ',', quote = '"',
                escape = '"', new_line = '\\n', allow_quoted_nulls = false, max_line_size = 16777216,
                columns = {\(columns)}))
            TO '\(quoted)' (FORMAT parquet, COMPRESSION zstd)
            """
    }

    private static func type(of kind: ExportColumn.Kind) -> String {
        switch kind {
        // JSON is a text in Parquet; DuckDB's own type for it needs an extension.
        case .text, .json: "VARCHAR"
        case .bigInteger: "BIGINT"
        case .integer: "INTEGER"
        case .double: "DOUBLE"
        case .real: "FLOAT"
        case .boolean: "BOOLEAN"
        case .time: "TIMESTAMPTZ"
        }
    }

    /// DuckDB's program: where `HEADCOUNT_DUCKDB` says alone, else in the checkout or the installation, else in PATH.
    private static func program() throws(Failure) -> String {
        var places: [String] = []
        if let named = ProgramFolders.variable("HEADCOUNT_DUCKDB") {
            places = [named]
        } else {
            let installed = ProgramFolders.executable.map { [$0 + "/../lib/headcount/duckdb"] } ?? []
            places = ProgramFolders.checkouts.map { $0 + "/.runtime/duckdb" } + installed
            let path = ProgramFolders.variable("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
            places = places.map { $0 + "/duckdb" } + path.split(separator: ":").map { $0 + "/duckdb" }
        }
        for place in places where access(place, X_OK) == 0 { return place }
        throw .missing
    }
}
