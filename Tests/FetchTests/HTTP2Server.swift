import Foundation
import TestSupport

/// `nghttpd`, which speaks HTTP/2 over TLS and nothing else, and says what goes over each of its connections.
final class HTTP2Server: Sendable {
    /// Why a test that needs it is skipped.
    static let absence = "/usr/sbin/nghttpd is absent: the package nghttp2-server brings it"
    static let isPresent = access(program, X_OK) == 0 && ServerCertificate.canBeMade

    let url: String
    let port: UInt16
    let certificate: ServerCertificate
    private let process: RunningProgram

    /// - Parameters:
    ///   - folder: what is served.
    ///   - options: for nghttpd.
    init(serving folder: TemporaryFolder, _ options: [String] = []) async throws {
        certificate = try await ServerCertificate()
        let process = try RunningProgram(
            ["--verbose", "--address=127.0.0.1", "--htdocs=\(folder.path)"] + options
                + ["0", certificate.key, certificate.file],
            executable: Self.program)
        var port: Int?
        try await waitUntil("nghttpd to listen") {
            port = Self.port(of: process.processIdentifier)
            return port != nil || !process.isRunning
        }
        self.port = UInt16(port ?? 0)
        url = "https://127.0.0.1:\(self.port)"
        self.process = process
    }

    /// Waits until it said so.
    func said(_ pattern: Regex<(Substring, Substring)>) async throws {
        _ = try await process.said(pattern, on: .output)
    }

    func signal(_ number: Int32) {
        process.signal(number)
    }

    /// Ends it, and tells what it was asked for.
    func end() async throws -> HTTP2Record {
        process.signal(SIGKILL)
        return HTTP2Record(try await process.outcome().output)
    }

    private static let program = "/usr/sbin/nghttpd"

    /// nghttpd does not say which port it was given.
    private static func port(of process: Int32) -> Int? {
        let folder = "/proc/\(process)/fd"
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let sockets = descriptors.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)")
        }
        let table = (try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)) ?? ""
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            // The local address in hexadecimal, the state, of which 0A is listening, and the number of the socket.
            guard fields.count > 9, fields[3] == "0A", sockets.contains("socket:[\(fields[9])]") else { continue }
            return Int(fields[1].suffix(4), radix: 16)
        }
        return nil
    }
}
