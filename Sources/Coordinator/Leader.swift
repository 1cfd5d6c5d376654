public import Archive
import Concurrency
import Postgres

/// Stands for election, and does the chores of all hosts while it leads.
///
/// The lock of the leader is held by a connection of its own, over which the chores are done too: where that is lost,
/// the lock is free and nothing more can be written over it. Each chore shows the token that came with the lead, so that
/// one that was under way when the lead changed is refused by the database.
public final class Leader: Sendable {
    /// Time between two rounds of chores, and between two attempts to lead.
    public static let interval: Duration = .seconds(1)
    private static let upkeepInterval: Duration = .seconds(300)

    private let connect: @Sendable () async throws -> Archive
    private let host: String
    private let process: Int
    private let tell: @Sendable (String) -> Void
    private let clock = ContinuousClock()
    private let token = Locked<Int?>(nil)

    /// - Parameter connect: makes a connection for this alone.
    public init(
        connect: @escaping @Sendable () async throws -> Archive, host: String, process: Int,
        tell: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.connect = connect
        self.host = host
        self.process = process
        self.tell = tell
    }

    /// The token it leads with; `nil` while it does not.
    public var leadsWith: Int? { token.withLock { $0 } }

    /// Goes on until its task is cancelled.
    /// - Throws: `CancellationError`.
    public func run() async throws {
        while true {
            do {
                let archive = try await connect()
                do {
                    try await archive.expectSuddenEnd()
                    try await stand(over: archive)
                } catch {
                    await stepDown(archive)
                    throw error
                }
            } catch {
                try Task.checkCancellation()
                tell("not leading for now: \(error)")
            }
            try await clock.sleep(for: Self.interval)
        }
    }

    private func stand(over archive: Archive) async throws {
        while true {
            if let token = try await archive.takeLead(host: host, process: process) {
                self.token.withLock { $0 = token }
                tell("\(host) leads")
                try await lead(over: archive, token: token)
            }
            try await clock.sleep(for: Self.interval)
        }
    }

    private func lead(over archive: Archive, token: Int) async throws {
        var nextUpkeep = clock.now
        var scalers: [Int: Autoscaler] = [:]
        while true {
            try await archive.doChores(token: token)
            if clock.now >= nextUpkeep {
                nextUpkeep = clock.now + Self.upkeepInterval
                try await archive.doUpkeep(token: token)
            }
            try await scale(&scalers, over: archive, token: token)
            try await clock.sleep(for: Self.interval)
        }
    }

    private func scale(_ scalers: inout [Int: Autoscaler], over archive: Archive, token: Int) async throws {
        let cards = try await archive.scalableCards()
        guard !cards.isEmpty else {
            scalers = [:]
            return
        }
        let isBusy = try await archive.hasBacklog()
        for card in cards {
            var scaler = scalers[card.id] ?? Autoscaler(card.bounds, at: clock.now)
            if scaler.bounds != card.bounds { scaler = Autoscaler(card.bounds, at: clock.now) }
            if let workers = scaler.decide(
                workers: card.workers, rate: card.imagesPerSecond, isBusy: isBusy, at: clock.now)
            {
                tell("card \(card.id): \(workers) workers after \(card.workers)")
                try await archive.setWorkers(workers, ofCard: card.id, token: token)
            }
            scalers[card.id] = scaler
        }
    }

    /// The connection is closed, and the lock with it, before anybody may think otherwise.
    private func stepDown(_ archive: Archive) async {
        token.withLock { $0 = nil }
        await Task { await archive.close() }.value
    }
}
