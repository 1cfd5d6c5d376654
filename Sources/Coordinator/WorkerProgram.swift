public import Archive
import Supervision

/// How the workers of a host are started: this program again, bound to a card.
public struct WorkerProgram: Sendable {
    private let path: String
    private let environment: [String]
    private let folder: String
    private let output: Int32
    private let options: @Sendable (CardRecord, HostCrowd) -> [String]

    /// - Parameters:
    ///   - path: the program's file.
    ///   - environment: as `NAME=value`; the database is named here, for a password must not stand among the arguments.
    ///   - folder: where workers run.
    ///   - output: where what they say goes.
    ///   - options: what a worker on a card gets beside its card, among the workers of its host.
    public init(
        path: String, environment: [String], folder: String, output: Int32,
        options: @escaping @Sendable (CardRecord, HostCrowd) -> [String]
    ) {
        self.path = path
        self.environment = environment
        self.folder = folder
        self.output = output
        self.options = options
    }

    /// - Parameter mark: by which the process is known as one of this coordinator's.
    func launch(on card: CardRecord, among crowd: HostCrowd, host: String, mark: String) -> ProgramLaunch {
        var words = ["work", "--engine", card.engine, "--host-name", host] + options(card, crowd)
        if card.engine != "openvino" { words += ["--card", String(card.number)] }
        var launch = ProgramLaunch(path, words, output: output)
        launch.environment =
            environment.filter { !$0.hasPrefix("\(SupervisorLink.variable)=") } + ["\(SupervisorLink.variable)=\(mark)"]
        launch.folder = folder
        return launch
    }
}
