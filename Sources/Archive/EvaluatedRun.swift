/// What a run counted with, as evaluations name it.
public struct EvaluatedRun: Sendable, Hashable {
    /// The run.
    public let id: Int
    /// Its set.
    public let setName: String
    /// Name of the model.
    public let model: String
    /// SHA-256 of the model's manifest, in hexadecimal digits.
    public let digest: String
    /// Tile plan.
    public let plan: String
    /// The engines that counted, in alphabetical order, separated by commas; empty where nothing is counted yet.
    public let engines: String
    /// True where a simulated card made any of the counts: they have nothing to do with the pictures.
    public let isInvented: Bool
    /// True where any of its counts came from no real device.
    public let simulated: Bool
}
