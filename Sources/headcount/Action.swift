import Arguments

/// One command of the program.
protocol Action: SendableMetatype {
    /// The words that call it, such as `["local", "start"]`.
    static var path: [String] { get }
    /// What it takes and how it is explained.
    static var command: Command { get }
    /// Does it.
    /// - Throws: anything; `ErrorLine` and `ExitStatus` make one line and a status of it.
    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus
}

extension Action {
    static var path: [String] { [command.name] }
}
