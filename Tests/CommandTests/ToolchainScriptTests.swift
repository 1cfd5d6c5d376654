import Foundation
import TestSupport
import Testing

/// What `Deploy/toolchain` says where it cannot set the compiler up: before anything is fetched.
struct ToolchainScriptTests {
    /// Programs that answer for the machine what it cannot be made to answer here.
    private static let answers = [
        "memory": (["awk": 2, "df": 64], "this machine has 2 GB of memory"),
        "disk": (["awk": 64, "df": 1], "there are 1 GB free"),
    ]

    private static func run(
        programs: String, in folder: TemporaryFolder, python: String
    ) async throws -> RunningProgram.Outcome {
        try await RunningProgram.run(
            [folder.path + "/toolchain"], executable: Checkout.root + "/Deploy/toolchain",
            environment: [
                "PATH": programs + ":/usr/bin:/bin", "PYTHON": python, "HOME": folder.path,
                "PYENV_ROOT": folder.path, "UV_PYTHON_INSTALL_DIR": folder.path,
                "XDG_CACHE_HOME": folder.path + "/cache",
            ])
    }

    private static func expectNothing(in folder: TemporaryFolder) {
        for name in ["toolchain", "cache"] {
            #expect(!FileManager.default.fileExists(atPath: folder.path + "/" + name), "\(name)")
        }
    }

    @Test("without Python 3.10 it says where to get one, and fetches nothing")
    func noPython() async throws {
        let folder = try TemporaryFolder()
        // A Python of another version, whatever this machine has.
        for name in ["python3.10", "python3"] { try Self.program("echo 3.11", at: folder.path + "/bin/" + name) }
        let outcome = try await Self.run(programs: folder.path + "/bin", in: folder, python: "/bin/false")
        #expect(outcome.status == 69, "\(outcome.errors)")
        #expect(outcome.errors.contains("Python 3.10 is missing"), "\(outcome.errors)")
        #expect(outcome.errors.contains("uv python install 3.10") && outcome.errors.contains("pyenv install 3.10"))
        Self.expectNothing(in: folder)
    }

    @Test(
        "with too little memory or disk it says how much there is, and fetches nothing", arguments: ["memory", "disk"])
    func tooSmall(what: String) async throws {
        let folder = try TemporaryFolder()
        let (gigabytes, words) = try #require(Self.answers[what])
        for (name, number) in gigabytes { try Self.program("echo \(number)", at: folder.path + "/bin/" + name) }
        try Self.program("echo 3.10", at: folder.path + "/bin/python3.10")
        let outcome = try await Self.run(
            programs: folder.path + "/bin", in: folder, python: folder.path + "/bin/python3.10")
        #expect(outcome.status == 69, "\(outcome.errors)")
        #expect(outcome.errorLines.count == 1 && outcome.errors.contains(words), "\(outcome.errors)")
        Self.expectNothing(in: folder)
    }

    private static func program(_ line: String, at path: String) throws {
        try FileManager.default.createDirectory(
            atPath: URL(filePath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try Data("#!/bin/sh\n\(line)\n".utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }
}
