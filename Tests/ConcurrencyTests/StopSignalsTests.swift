import Concurrency
import Glibc
import Testing

@Suite struct StopSignalsTests {
    @Test("a signal that comes at once is heard, and so is the next")
    func heardAtOnce() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let signals = StopSignals()
            kill(getpid(), SIGTERM)
            var heard: [Int32] = []
            for await number in signals.stream {
                heard.append(number)
                if heard == [SIGTERM] { kill(getpid(), SIGINT) }
                if heard == [SIGTERM, SIGINT] { exit(7) }
            }
        }
    }

    @Test("a signal that the process was started to ignore stays ignored")
    func ignored() async {
        await #expect(processExitsWith: .exitCode(7)) {
            signal(SIGHUP, SIG_IGN)
            let signals = StopSignals()
            kill(getpid(), SIGHUP)
            kill(getpid(), SIGTERM)
            for await number in signals.stream { exit(number == SIGTERM ? 7 : 1) }
        }
    }
}
