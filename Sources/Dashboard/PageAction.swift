import FoundationEssentials
import Postgres

/// Something that people change from the page: the path names what, the body how.
struct PageAction: Sendable {
    /// What the body may say.
    private struct Words: Decodable {
        var workers: Int?
        var reason: String?
        var `class`: String?
    }

    /// A statement of one row with the column `changed`: how many were.
    let sql: String
    let parameters: [any PostgresEncodable]
    /// What is done, for people.
    let words: String

    /// Why a request is no action.
    enum Refusal: Error {
        /// There is no such thing to act on.
        case unknown
        /// The body is not as the action needs it.
        case body(String)
    }

    /// - Parameters:
    ///   - path: `api/runs/RUN/VERB` or `api/cards/HOST/CARD/VERB`, in parts.
    ///   - body: an object in JSON.
    init(path: [Substring], body: [UInt8]) throws {
        guard path.first == "api", path.count >= 4 else { throw Refusal.unknown }
        let verb = String(path[path.count - 1])
        if path[1] == "runs", path.count == 4, let run = Int(path[2]), (1...Int(Int32.max)).contains(run) {
            try self.init(verb, run: run, body)
        } else if path[1] == "cards", path.count == 5 {
            try self.init(verb, card: "\(path[2])/\(path[3])", body)
        } else {
            throw Refusal.unknown
        }
    }

    private init(_ verb: String, run: Int, _ body: [UInt8]) throws {
        switch verb {
        case "pause":
            sql = Self.wish("paused", "wish = 'active'")
            words = "run \(run) is paused"
        case "resume":
            // Workers that wait learn of it.
            sql = """
                WITH changed AS (UPDATE headcount.runs SET wish = 'active' WHERE id = $1::integer AND wish = 'paused'
                    RETURNING id)
                SELECT count(*) AS changed FROM (SELECT pg_notify('headcount', 'work') FROM changed) AS woken
                """
            words = "run \(run) goes on"
        case "cancel":
            sql = Self.wish("cancelled", "wish <> 'cancelled' AND headcount.run_pending(id) > 0")
            words = "run \(run) is cancelled"
        case "retry":
            let failure = try Self.words(body).class
            sql = "SELECT headcount.retry_run($1::integer, $2) AS changed"
            parameters = [run, failure]
            words = "what failed in run \(run)\(failure.map { " by \($0)" } ?? "") is tried again"
            return
        default: throw Refusal.unknown
        }
        _ = try Self.words(body)
        parameters = [run]
    }

    private init(_ verb: String, card: String, _ body: [UInt8]) throws {
        let given = try Self.words(body)
        switch verb {
        case "scale":
            guard let workers = given.workers, (0...64).contains(workers) else {
                throw Refusal.body(#"{"workers": N} is needed, from 0 to 64"#)
            }
            sql = "SELECT 1 AS changed FROM headcount.scale($1, $2::integer)"
            parameters = [card, workers]
            words = "card \(card) is to have \(workers) workers"
        case "quarantine":
            let reason = given.reason ?? "by hand"
            guard (1...200).contains(reason.count), !reason.unicodeScalars.contains(where: { $0.value < 32 }) else {
                throw Refusal.body(#"{"reason": "..."} is one line of 1 to 200 characters"#)
            }
            sql = "SELECT 1 AS changed FROM headcount.quarantine($1, $2)"
            parameters = [card, reason]
            words = "card \(card) is kept out of work: \(reason)"
        case "release":
            sql = "SELECT 1 AS changed FROM headcount.release($1)"
            parameters = [card]
            words = "card \(card) may work again"
        default: throw Refusal.unknown
        }
    }

    private static func wish(_ wish: String, _ condition: String) -> String {
        """
        WITH changed AS (UPDATE headcount.runs SET wish = '\(wish)' WHERE id = $1::integer AND \(condition)
            RETURNING id)
        SELECT count(*) AS changed FROM changed
        """
    }

    private static func words(_ body: [UInt8]) throws -> Words {
        do {
            return try JSONDecoder().decode(Words.self, from: Data(body))
        } catch {
            throw Refusal.body("the body is no object in JSON that an action understands")
        }
    }
}
