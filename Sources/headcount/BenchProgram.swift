import Glibc
import Supervision

/// Another program that a measurement is held against.
enum BenchProgram {
    /// Runs a program found on the PATH to its end; where the task is cancelled, the program is ended.
    /// - Returns: what it printed; `nil` where it is not installed or failed.
    static func output(
        _ words: [String], _ folder: BenchFolder, _ environment: [String: String]
    ) async throws -> String? {
        let path = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(words[0])" }
        guard let program = path.first(where: { access($0, X_OK) == 0 }) else { return nil }
        let file = folder.path + "/output"
        let descriptor = open(file, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var launch = ProgramLaunch(program, Array(words.dropFirst()), output: descriptor)
        launch.environment = environment.map { "\($0.key)=\($0.value)" }
        launch.folder = folder.path
        let child = try ChildProcess.start(launch)
        while true {
            if let ending = child.ending() {
                guard ending == .status(0) else { return nil }
                let size = Int(lseek(descriptor, 0, SEEK_END))
                let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
                    count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
                }
                return String(decoding: bytes, as: UTF8.self)
            }
            do {
                try await Task.sleep(for: .milliseconds(5))
            } catch {
                child.signal(SIGTERM)
                throw error
            }
        }
    }
}
