import Concurrency

/// The thread that one command on a cluster blocks, so that it keeps no thread of the tasks' pool for seconds.
actor ClusterThread {
    private let executor = ThreadExecutor(name: "local-postgres")

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func run<Result: Sendable>(
        _ command: @Sendable () throws(PostgresError) -> Result
    ) throws(PostgresError) -> Result {
        try command()
    }
}
