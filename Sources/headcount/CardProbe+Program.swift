import Arguments
import Coordinator

extension CardProbe {
    /// Asks this program itself, for the cards that the library of the invocation sees.
    init(_ invocation: Invocation, _ context: Context) throws {
        let sophon = invocation.value(of: EngineOptions.sophon.name).map { ["--\(EngineOptions.sophon.name)", $0] }
        self.init(
            path: try ProgramFile.path(), arguments: ["cards", "--json"] + (sophon ?? []),
            environment: context.environment.map { "\($0.key)=\($0.value)" }, folder: Context.workingDirectory())
    }
}
