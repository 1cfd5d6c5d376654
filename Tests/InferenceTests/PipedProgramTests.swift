import Glibc
import Inference
import Supervision
import TestSupport
import Testing

@Suite struct PipedProgramTests {
    @Test("where the task is cancelled, the program ends and what it started does")
    func cancelled() async throws {
        let folder = try TemporaryFolder()
        let program = try PipedProgram(
            ["/bin/sh", "-c", "sleep 3600 & echo $! > started; mv started child; wait"],
            environment: ["PATH=/usr/bin:/bin"], in: folder.path, input: .log, output: .log,
            log: folder.path + "/log")
        let running = Task { try await program.end() }
        var child: Int32?
        try await waitUntil("a child") {
            child = (try? SharedData.bytes(of: folder.path + "/child"))
                .flatMap { Int32(String(decoding: $0.dropLast(), as: UTF8.self)) }
            return child != nil
        }
        let process = try #require(child)
        #expect(ProcessSearch.exists(process))
        running.cancel()
        await #expect(throws: CancellationError.self) { try await running.value }
        try await waitUntil("its end") { !ProcessSearch.exists(process) }
    }
}
