import CSystem
import Glibc
import Supervision
import TestSupport
import Testing

@Suite struct ChildProcessTests {
    /// A shell as a child.
    private func shell(_ script: String, environment: [String] = []) throws -> ChildProcess {
        var launch = ProgramLaunch("/bin/sh", ["-c", script], output: STDERR_FILENO)
        launch.environment = environment + ["PATH=/usr/bin:/bin"]
        return try ChildProcess.start(launch)
    }

    private func ending(of child: ChildProcess) async throws -> ChildProcess.Ending {
        try await waitUntil("the end of a child") { child.ending() != nil }
        return try #require(child.ending())
    }

    @Test("the status and the signal of an end are told, again and again")
    func endings() async throws {
        let child = try shell("exit 3")
        #expect(try await ending(of: child) == .status(3))
        #expect(child.ending() == .status(3))
        let killed = try shell("kill -KILL $$")
        #expect(try await ending(of: killed) == .signal(SIGKILL))
    }

    @Test("a child reads the end of the link when its parent lets go of it")
    func abandoned() async throws {
        let folder = try TemporaryFolder()
        var child: ChildProcess? = try shell("read line; echo gone > \(folder.path)/told")
        let id = try #require(child).id
        child = nil
        var status: Int32 = 0
        try await waitUntil("the end of a child that was let go of") { waitpid(id, &status, WNOHANG) != 0 }
        #expect(access(folder.path + "/told", F_OK) == 0)
    }

    @Test("a child leads a process group of its own, so that the signals of a terminal pass it by")
    func group() async throws {
        let child = try shell("read line")
        #expect(getpgid(child.id) == child.id)
        child.signal(SIGTERM)
        #expect(try await ending(of: child) == .signal(SIGTERM))
    }

    @Test("a process that ended is there no more, also before its parent has asked how")
    func unasked() async throws {
        let child = try shell("exit 3")
        try await waitUntil("the end of a child") { !ProcessSearch.exists(child.id) }
        #expect(kill(child.id, 0) == 0)
        #expect(child.ending() == .status(3))
    }

    @Test("processes are found by a variable of their environment, and not once they have ended")
    func search() async throws {
        let mark = "mark-\(UInt64.random(in: .min ... .max))"
        let child = try shell("read line", environment: ["HEADCOUNT_TEST_MARK=\(mark)"])
        #expect(ProcessSearch.processes(with: "HEADCOUNT_TEST_MARK") { $0 == mark } == [child.id])
        #expect(ProcessSearch.exists(child.id))
        child.signal(SIGKILL)
        _ = try await ending(of: child)
        #expect(ProcessSearch.processes(with: "HEADCOUNT_TEST_MARK") { $0 == mark } == [])
    }

    @Test("a program that is not there is an error that names it, and leaves nothing behind")
    func missing() {
        let launch = ProgramLaunch("/nowhere/program", [], output: STDERR_FILENO)
        #expect(throws: SupervisionError.notStarted(program: "/nowhere/program", folder: "/", code: ENOENT)) {
            try ChildProcess.start(launch)
        }
    }
}
