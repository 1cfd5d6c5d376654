import CSystem
import Glibc

/// How a program is to be started.
public struct ProgramLaunch {
    /// Its file.
    public var path: String
    /// Without the program's own name.
    public var arguments: [String]
    /// As `NAME=value`.
    public var environment: [String] = []
    /// Its working folder.
    public var folder = "/"
    /// Its standard input; `nil` for /dev/null.
    public var input: Int32?
    /// Its standard output.
    public var output: Int32
    /// Its standard error; `nil` for what its standard output is.
    public var errors: Int32?
    /// Whom it becomes, which only root may ask for; `nil` for the calling user.
    public var identity: (user: UInt32, group: UInt32)?
    /// True to keep the signals of the terminal from it.
    public var leadsGroup = false

    /// Nothing is started yet.
    public init(_ path: String, _ arguments: [String], output: Int32) {
        self.path = path
        self.arguments = arguments
        self.output = output
    }

    /// Starts it with every other descriptor closed.
    /// - Returns: the number of the process, which the caller waits for.
    /// - Throws: `SupervisionError.notStarted`; nothing is left running then.
    public func start() throws(SupervisionError) -> Int32 {
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        let variables = environment.map { strdup($0) } + [nil]
        let (place, home) = (strdup(path), strdup(folder))
        defer { (words + variables + [place, home]).forEach { free($0) } }
        var person = headcount_identity(user: identity?.user ?? 0, group: identity?.group ?? 0)
        var process: Int32 = 0
        let code = words.withUnsafeBufferPointer { words in
            variables.withUnsafeBufferPointer { variables in
                withUnsafePointer(to: &person) { person in
                    var program = headcount_program(
                        path: place, arguments: words.baseAddress, environment: variables.baseAddress, folder: home,
                        input: input ?? -1, output: output, errors: errors ?? -1,
                        identity: identity == nil ? nil : person, leads_group: leadsGroup)
                    return headcount_spawn(&process, &program)
                }
            }
        }
        guard code == 0 else { throw .notStarted(program: path, folder: folder, code: code) }
        return process
    }
}
