import TestSupport

/// `openssl s_server`, which speaks HTTP/1.0 over TLS.
final class TLSServer: Sendable {
    let port: Int
    /// What it shows, to be trusted or not.
    let certificate: ServerCertificate
    private let process: RunningProgram

    init() async throws {
        certificate = try await ServerCertificate()
        process = try RunningProgram(
            ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate.file, "-key", certificate.key, "-www"],
            executable: ServerCertificate.program)
        port = Int(try await process.said(/ACCEPT 127\.0\.0\.1:([0-9]+)\n/, on: .output)) ?? 0
    }
}
