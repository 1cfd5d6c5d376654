import Glibc
import TestSupport

/// `openssl s_server` with a certificate of its own for 127.0.0.1, which no authority signed.
final class TLSServer: Sendable {
    /// Why a test that needs it is skipped.
    static let absence = "/usr/bin/openssl is absent: the package openssl brings it"
    static let isPresent = access(program, X_OK) == 0

    struct Failure: Error {
        let what: String
    }

    let port: Int
    /// The certificate, to be trusted or not.
    let certificate: String
    private let folder: TemporaryFolder
    private let process: pid_t

    init() throws {
        folder = try TemporaryFolder()
        certificate = folder.path + "/certificate.pem"
        let key = folder.path + "/key.pem"
        let making = try Self.start([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
            "-out", certificate, "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
        ])
        close(making.output)
        var status: Int32 = 0
        guard waitpid(making.process, &status, 0) == making.process, status == 0 else {
            throw Failure(what: "openssl req ended with \(status)")
        }
        let serving = try Self.start([
            "s_server", "-accept", "127.0.0.1:0", "-cert", certificate, "-key", key, "-www",
        ])
        defer { close(serving.output) }
        process = serving.process
        guard let port = Self.port(from: serving.output) else {
            Self.end(process)
            throw Failure(what: "openssl s_server named no port")
        }
        self.port = port
    }

    deinit {
        Self.end(process)
    }

    private static let program = "/usr/bin/openssl"

    /// Started by hand: Foundation's Process waits with select(2), which cannot be used beyond 1024 descriptors.
    private static func start(_ arguments: [String]) throws -> (process: pid_t, output: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure(what: "pipe: \(errno)") }
        defer { close(ends[1]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // A connection of another test must not be kept open by this process. Closing what is not open is no error.
        for descriptor in 3..<Int32(min(sysconf(Int32(_SC_OPEN_MAX)), 4096)) {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }
        var texts = ([program] + arguments).map { strdup($0) } + [nil]
        defer { texts.forEach { free($0) } }
        var process: pid_t = 0
        let status = posix_spawn(&process, program, &actions, nil, &texts, environ)
        guard status == 0 else {
            close(ends[0])
            throw Failure(what: "posix_spawn: \(status)")
        }
        return (process, ends[0])
    }

    private static func end(_ process: pid_t) {
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// Reads up to the line `ACCEPT 127.0.0.1:PORT`.
    private static func port(from output: Int32) -> Int? {
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while read(output, &byte, 1) == 1 {
            guard byte == UInt8(ascii: "\n") else {
                text.append(byte)
                continue
            }
            let line = String(decoding: text, as: UTF8.self)
            if line.hasPrefix("ACCEPT ") { return line.split(separator: ":").last.flatMap { Int($0) } }
            text = []
        }
        return nil
    }
}
