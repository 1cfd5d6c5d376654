import Arguments
import Glibc
import Isolation
import Terminal

/// The command line: understands the words, runs the command, and turns whatever it throws into one line and a status.
@main
enum Program {
    static func main() async {
        StandardOutput.occupyOthers()
        // No command of people's: how this program decodes pictures, see DecoderPool.
        if CommandLine.arguments.dropFirst() == [DecoderHelper.word] {
            let status = DecoderHelper.run()
            if status == ExitStatus.usage.rawValue {
                let words = "headcount: \(DecoderHelper.word) is no command: workers start it for themselves\n"
                _ = write(STDERR_FILENO, words, words.utf8.count)
            }
            _exit(status)
        }
        // A reader that went away is an error of a write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        LibraryExit.watch()
        let environment = Context.processEnvironment()
        let console = Console(environment: environment)
        let status = await run(Array(CommandLine.arguments.dropFirst()), environment, console)
        // Not exit(): its handlers run the vendor libraries' own, which end a process with an assertion where a card was
        // used. Whatever was to be written is written.
        fflush(nil)
        _exit(status.rawValue)
    }

    private static func run(_ words: [String], _ environment: [String: String], _ console: Console) async -> ExitStatus
    {
        do {
            let invocation = try CommandParser(CommandTree.root).parse(words)
            if invocation.wantsHelp {
                try console.output(HelpPage(invocation.command, path: invocation.path).text)
                return .success
            }
            if invocation.has("version") {
                try console.output("headcount \(Version.current)\n")
                return .success
            }
            let context = Context(console: console, environment: environment)
            return try await CommandTree.run(invocation, context)
        } catch ConsoleError.readerGone {
            // What `headcount results | head` ends with is not a failure.
            return .success
        } catch {
            console.fail(ErrorLine.text(of: error))
            return ExitStatus(for: error)
        }
    }
}
