import Foundation
import Glibc
import Supervision
import TestSupport
import Testing

@Suite struct ProgramLaunchTests {
    /// What a shell wrote to two files, its standard error to the second where that is wanted.
    private func written(_ script: String, errorsApart: Bool) throws -> [String] {
        let folder = try TemporaryFolder()
        let files = try ["output", "errors"].map { try folder.write("", to: $0) }
        let descriptors = files.map { open($0, O_WRONLY | O_APPEND | O_CLOEXEC) }
        defer { for descriptor in descriptors { close(descriptor) } }
        var launch = ProgramLaunch("/bin/sh", ["-c", script], output: descriptors[0])
        if errorsApart { launch.errors = descriptors[1] }
        let process = try launch.start()
        var status: Int32 = 0
        #expect(waitpid(process, &status, 0) == process && status == 0)
        return try files.map { try String(contentsOfFile: $0, encoding: .utf8) }
    }

    @Test("standard error goes with the output, or apart from it")
    func errors() throws {
        let script = "echo result; echo word >&2"
        #expect(try written(script, errorsApart: false) == ["result\nword\n", ""])
        #expect(try written(script, errorsApart: true) == ["result\n", "word\n"])
    }
}
