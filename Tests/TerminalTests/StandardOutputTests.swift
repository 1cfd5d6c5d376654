import Glibc
import Testing

@testable import Terminal

@Suite struct StandardOutputTests {
    @Test("what a library prints goes to the diversion, what the program writes to the output")
    func printingIsDiverted() throws {
        let (output, diversion) = (try Pipe(), try Pipe())
        // A descriptor of its own stands for standard output, which is the test runner's.
        let standard = dup(output.input)
        defer { close(standard) }
        let own = StandardOutput.claim(standard, divertingTo: diversion.input)
        _ = write(standard, "chatter\n", 8)
        _ = write(own, "{\"count\":3}\n", 12)
        #expect(try diversion.written() == "chatter\n")
        #expect(try output.written() == "{\"count\":3}\n")
        close(own)
    }

    @Test("where there is no standard output, the program is told")
    func missingOutputIsTold() {
        #expect(StandardOutput.claim(-1, divertingTo: STDERR_FILENO) == -1)
    }

    @Test("where there is no standard output, what a library prints does not end up in a file that is opened later")
    func missingOutputIsReplaced() async {
        // In a process of its own, where nobody else takes the number in between.
        await #expect(processExitsWith: .success) {
            let diversion = try Pipe()
            close(STDOUT_FILENO)
            try #require(StandardOutput.claim(STDOUT_FILENO, divertingTo: diversion.input) == -1)
            _ = write(STDOUT_FILENO, "chatter\n", 8)
            try #require(try diversion.written() == "chatter\n")

            close(STDOUT_FILENO)
            try #require(StandardOutput.claim(STDOUT_FILENO, divertingTo: -1) == -1)
            try #require(write(STDOUT_FILENO, "chatter\n", 8) == 8)
            try #require(open("/dev/null", O_RDONLY) != STDOUT_FILENO)
        }
    }
}
