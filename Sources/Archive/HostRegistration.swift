/// What a coordinator says of its host when it starts.
public struct HostRegistration: Sendable, Hashable {
    /// Name of the host, without a slash.
    public let name: String
    /// Process id of the coordinator.
    public let process: Int
    /// Version of Headcount.
    public let version: String
    /// Processor cores.
    public let cores: Int
    /// Memory of the machine.
    public let memoryBytes: Int

    /// A registration of all its parts.
    public init(name: String, process: Int, version: String, cores: Int, memoryBytes: Int) {
        self.name = name
        self.process = process
        self.version = version
        self.cores = cores
        self.memoryBytes = memoryBytes
    }
}
