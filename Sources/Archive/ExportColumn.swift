/// A column of an export: those of the view `headcount.results`, in its order, times as ISO 8601 in UTC.
public struct ExportColumn: Sendable, Hashable {
    /// What its values are.
    public enum Kind: Sendable {
        case text, bigInteger, integer, double, real, boolean, time, json
    }

    /// As in the view.
    public let name: String
    /// What its values are.
    public let kind: Kind

    /// All of them.
    public static let all: [ExportColumn] = [
        .init("set_name", .text), .init("run_id", .integer), .init("model", .text), .init("url", .text),
        .init("count", .double), .init("image", .bigInteger), .init("key", .text), .init("taken_at", .time),
        .init("extra", .json), .init("width", .integer), .init("height", .integer), .init("tiles", .integer),
        .init("plan", .text), .init("model_digest", .text), .init("preprocessing", .integer), .init("engine", .text),
        .init("engine_version", .text), .init("simulated", .boolean), .init("host", .text), .init("card", .text),
        .init("worker_id", .bigInteger), .init("version", .text), .init("picture_digest", .text),
        .init("picture_bytes", .bigInteger), .init("fetch_ms", .real), .init("decode_ms", .real),
        .init("infer_ms", .real), .init("counted_at", .time), .init("source_run", .integer),
        .init("source_image", .bigInteger),
    ]

    private init(_ name: String, _ kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// The column as an export writes it.
    var expression: String {
        guard case .time = kind else { return name }
        return "to_char(\(name) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS \(name)"
    }
}
