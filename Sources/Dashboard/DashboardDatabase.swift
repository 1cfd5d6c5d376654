import Concurrency
import Postgres

/// Asks the database for the page, over one connection that is made again when it is lost.
///
/// An answer is kept for a second: however many look at the page, the database is asked once.
actor DashboardDatabase {
    private static let freshness = Duration.seconds(1)
    private static let kept = 64

    private let configuration: PostgresConfiguration
    private var connection: PostgresConnection?
    private var answers: [DashboardQuery: (text: String, at: ContinuousClock.Instant)] = [:]
    private let clock = ContinuousClock()

    init(_ configuration: PostgresConfiguration) {
        self.configuration = configuration
    }

    /// The rows of a query as JSON.
    func json(_ query: DashboardQuery) async throws -> String {
        if let answer = answers[query], answer.at.duration(to: clock.now) < Self.freshness { return answer.text }
        let rows = try await ask(query.statement, query.numbers)
        let text = try rows.first?.decode(String.self, "body") ?? "[]"
        if answers.count >= Self.kept { answers = [:] }
        answers[query] = (text, clock.now)
        return text
    }

    /// Runs a statement; what was kept before may be out of date then.
    func ask(_ sql: String, _ parameters: [any PostgresEncodable] = []) async throws -> PostgresRows {
        let open: PostgresConnection
        if let connection, await !connection.isLost {
            open = connection
        } else {
            open = try await PostgresConnection.connect(configuration)
            connection = open
        }
        return try await open.query(sql, parameters)
    }

    /// Changes what people want of a run.
    /// - Returns: false where there is no such run, or it was cancelled.
    func change(run: Int, to wish: String) async throws -> Bool {
        answers = [:]
        return try await !ask(
            """
            UPDATE headcount.runs SET wish = $2::text::headcount.run_wish
            WHERE id = $1::integer AND wish <> 'cancelled' RETURNING id
            """, [run, wish]
        ).isEmpty
    }
}
