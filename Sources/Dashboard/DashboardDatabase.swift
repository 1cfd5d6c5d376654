import Postgres

/// Asks the database for the page.
///
/// An answer is kept for a second, and longer the longer it took: however many look at the page, and however large a
/// set is, the database spends a twentieth of its time on a question at most.
actor DashboardDatabase {
    private struct Answer {
        let text: String
        let at: ContinuousClock.Instant
        let took: Duration
    }

    private static let freshness = Duration.seconds(1)
    /// How many times as long as it took an answer is good for.
    private static let share = 20
    /// What is older than this is not told any more; whoever asks waits for what is so now.
    private static let staleness = Duration.seconds(60)
    private static let kept = 64

    private let configuration: PostgresConfiguration
    private let watched: DatabaseLane
    private let quick: DatabaseLane
    private let slow: DatabaseLane
    private let now: @Sendable () -> ContinuousClock.Instant
    private var answers: [DashboardQuery: Answer] = [:]
    private var asking: [DashboardQuery: Task<String, any Error>] = [:]
    /// Grows with every change: an answer to a question from before it is not kept.
    private var changes = 0

    /// - Parameter now: tells how old an answer is.
    init(
        _ configuration: PostgresConfiguration,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.configuration = configuration
        self.now = now
        watched = DatabaseLane(configuration, timeout: 3, isReadOnly: true)
        quick = DatabaseLane(configuration, timeout: 10, isReadOnly: true)
        slow = DatabaseLane(configuration, timeout: 300, isReadOnly: true)
    }

    /// The rows of a query as JSON.
    func json(_ query: DashboardQuery) async throws -> String {
        if let answer = answers[query] {
            let age = answer.at.duration(to: now())
            if age < max(Self.freshness, answer.took * Self.share) { return answer.text }
            if query.isSlow, age < max(Self.staleness, answer.took * Self.share * 2) {
                _ = renewal(of: query)
                return answer.text
            }
        }
        return try await renewal(of: query).value
    }

    /// Runs a statement of those who watch over it, which nothing of the page holds up.
    func ask(_ sql: String) async throws -> PostgresRows {
        try await watched.ask(sql)
    }

    /// Does what people want, over a connection of its own.
    /// - Returns: how many rows it changed.
    func change(_ action: PageAction) async throws -> Int {
        defer {
            answers = [:]
            changes += 1
        }
        return try await DatabaseLane(configuration, timeout: 60, isReadOnly: false)
            .ask(action.sql, action.parameters).first?.decode(Int.self, "changed") ?? 0
    }

    private func renewal(of query: DashboardQuery) -> Task<String, any Error> {
        if let asking = asking[query] { return asking }
        let task = Task { try await renew(query) }
        asking[query] = task
        return task
    }

    private func renew(_ query: DashboardQuery) async throws -> String {
        defer { asking[query] = nil }
        let (before, start) = (changes, ContinuousClock.now)
        let rows = try await (query.isSlow ? slow : quick).ask(query.statement, query.numbers)
        let text = try rows.first?.decode(String.self, "body") ?? "[]"
        if changes == before {
            if answers.count >= Self.kept, let oldest = answers.min(by: { $0.value.at < $1.value.at })?.key {
                answers[oldest] = nil
            }
            answers[query] = Answer(text: text, at: now(), took: start.duration(to: .now))
        }
        return text
    }
}
