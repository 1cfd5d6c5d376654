import CSystem
import Glibc
import Supervision

/// A program of PostgreSQL's, run to its end.
struct ServerCommand {
    let path: String
    var arguments: [String] = []
    /// Its working folder; the account must be able to go there.
    var folder = "/"
    /// Whom it runs as; `nil` for the calling user.
    var account: ServerAccount?

    struct Outcome {
        let succeeded: Bool
        /// What it wrote to its standard output and standard error, or why it could not be started.
        let output: String

        var firstLine: String {
            output.split(whereSeparator: \.isNewline).first.map { String($0) } ?? "no reason given"
        }

        var lastLine: String {
            output.split(whereSeparator: \.isNewline).last.map { String($0) } ?? "no reason given"
        }
    }

    /// Blocks until the program ends.
    func run() -> Outcome {
        let output = headcount_anonymous_file("output")
        guard output >= 0 else { return Outcome(succeeded: false, output: Self.message(errno)) }
        defer { close(output) }

        var launch = ProgramLaunch(path, arguments, output: output)
        launch.environment = Self.environment
        launch.folder = folder
        launch.identity = account.map { ($0.user, $0.group) }
        let process: pid_t
        do throws(SupervisionError) {
            process = try launch.start()
        } catch {
            return Outcome(succeeded: false, output: error.description)
        }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        return Outcome(succeeded: status == 0, output: Self.text(of: output))
    }

    /// Nothing of the caller's PG* variables, and messages in English, for some are read here.
    private static var environment: [String] {
        let kept = ["PATH", "LD_LIBRARY_PATH", "TZ", "TMPDIR"].compactMap { (name: String) in
            getenv(name).map { "\(name)=\(String(cString: $0))" }
        }
        return kept + ["LC_ALL=C"]
    }

    private static func text(of file: Int32) -> String {
        // What a server says of its start fits many times; the rest is in its log.
        withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            let length = pread(file, buffer.baseAddress, buffer.count, 0)
            return String(decoding: buffer.prefix(max(0, length)), as: UTF8.self)
        }
    }

    private static func message(_ error: Int32) -> String { String(cString: strerror(error)) }
}
