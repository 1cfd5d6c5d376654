public import Archive
public import Postgres

/// How a coordinator works.
public struct CoordinatorSettings: Sendable {
    /// What it says of its host.
    public var host: HostRegistration
    /// Where its database is, for the connection that hears of changes.
    public var database: PostgresConfiguration
    /// What cards there are.
    public var inventory: CardInventory
    /// How workers are started.
    public var program: WorkerProgram
    /// How long a card may take for a batch before it is taken for hung; `nil` for the engine's own.
    public var hangLimit: Duration?
    /// How long a worker may take to finish what is in flight, as it was told itself.
    public var grace: Duration = .seconds(30)
    /// Time between two looks for cards.
    public var inventoryInterval: Duration = .seconds(10)

    /// Settings of all their parts.
    public init(
        host: HostRegistration, database: PostgresConfiguration, inventory: CardInventory, program: WorkerProgram
    ) {
        self.host = host
        self.database = database
        self.inventory = inventory
        self.program = program
    }
}
