import Glibc
import TestSupport

/// A certificate for 127.0.0.1 that no authority signed, to be trusted or not.
struct ServerCertificate: Sendable {
    /// Why a test that needs one is skipped.
    static let absence = "/usr/bin/openssl is absent: the package openssl brings it"
    static let program = "/usr/bin/openssl"
    static let canBeMade = access(program, X_OK) == 0

    struct Failure: Error {
        let what: String
    }

    /// The certificate's file, in PEM.
    let file: String
    /// Its key's file, in PEM.
    let key: String

    init() async throws {
        let folder = try TemporaryFolder()
        file = folder.path + "/certificate.pem"
        key = folder.path + "/key.pem"
        let making = try await RunningProgram.run(
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                "-out", file, "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1",
            ], executable: Self.program)
        guard making.status == 0 else { throw Failure(what: "openssl req: \(making.errors)") }
    }
}
