import CSV
import FoundationEssentials

/// Reads lists of URLs as people have them: plain text, or CSV with a header that names a column `url`.
///
/// Empty lines, and lines that begin with `#`, are skipped in plain text and before the header. In plain text each other
/// line is a URL, commas and quotes among it. In CSV the columns `url`, `key` and `taken_at` are known, any further one
/// is kept by its name, one without a name is left out. Lines are read as they come and forgotten.
public struct URLList: Sendable {
    /// A line that was left out, or several that hang together by a quote.
    public struct BadLine: Error, Sendable, Equatable {
        /// From 1.
        public let lines: ClosedRange<Int>
        /// What is wrong with it.
        public let reason: String

        init(lines: ClosedRange<Int>, reason: String) {
            self.lines = lines
            self.reason = reason
        }

        init(line: Int, reason: String) {
            self.init(lines: line...line, reason: reason)
        }
    }

    private enum Format: Equatable {
        case text
        case csv(header: [String])
    }

    private let source: String
    /// Reads lines until one of them turns out to be the header of a CSV file.
    private var reader = CSVReader(dialect: .lines)
    private var format: Format?

    /// - Parameter source: the name of the list, for messages.
    public init(source: String) {
        self.source = source
    }

    /// Takes the next piece of the list and hands out each image it completes, or the line that is none.
    /// - Throws: `ArchiveError.badHeader`, and what `body` throws.
    public mutating func read(
        _ bytes: [UInt8], _ body: (Result<IncomingImage, BadLine>) throws -> Void
    ) throws {
        var rest = bytes[...]
        // Byte by byte until a line tells the format, for what stands behind that line is read by it.
        while format == nil, let byte = rest.popFirst() {
            try take(CollectionOfOne(byte), body)
        }
        try take(rest, body)
    }

    /// Hands out the last line where the list does not end with a line break.
    public mutating func finish(_ body: (Result<IncomingImage, BadLine>) throws -> Void) throws {
        var records: [Result<CSVReader.Record, CSVError>] = []
        reader.finish { records.append($0) }
        for record in records { try take(record, body) }
    }

    private mutating func take(
        _ bytes: some Sequence<UInt8>, _ body: (Result<IncomingImage, BadLine>) throws -> Void
    ) throws {
        var records: [Result<CSVReader.Record, CSVError>] = []
        reader.read(bytes) { records.append($0) }
        for record in records { try take(record, body) }
    }

    private mutating func take(
        _ result: Result<CSVReader.Record, CSVError>, _ body: (Result<IncomingImage, BadLine>) throws -> Void
    ) throws {
        switch result {
        case .failure(let error):
            try body(.failure(BadLine(lines: error.lines, reason: error.reason)))
        case .success(let record):
            if case .csv(let header) = format {
                if record.fields != [""] { try body(row(of: record, under: header)) }
                return
            }
            let text = (record.fields.first ?? "").trimmingSpaces()
            if text.isEmpty || text.hasPrefix("#") { return }
            if format == nil { format = try recognise(text) }
            if format == .text {
                try body(url(text, line: record.line))
            } else {
                reader.dialect = .commaSeparated
            }
        }
    }

    /// What kind of list begins with `line`.
    private func recognise(_ line: String) throws(ArchiveError) -> Format {
        if line.prefix(while: { $0 != "," }).contains("://") { return .text }
        let names = try fields(ofHeader: line).map { $0.trimmingSpaces().lowercased() }
        guard names.contains("url") else {
            if let separator = Self.otherSeparators.first(where: { Self.namesURL(line, between: $0.character) }) {
                throw badHeader("names its columns between \(separator.name): only commas are understood")
            }
            // One word is a URL misspelt; several are the header of some other table, or not a list at all.
            if names.count == 1 { return .text }
            throw badHeader("names no column url (it has \(names.joined(separator: ", ").prefix(80)))")
        }
        var known: Set<String> = []
        for name in names where !name.isEmpty {
            if name.unicodeScalars.contains("\0") { throw badHeader("holds a zero byte") }
            if !known.insert(name).inserted { throw badHeader("names the column \(name) twice") }
        }
        return .csv(header: names)
    }

    private static let otherSeparators: [(character: Character, name: String)] = [(";", "semicolons"), ("\t", "tabs")]

    private static func namesURL(_ line: String, between separator: Character) -> Bool {
        let names = line.split(separator: separator).map { name in name.filter { $0 != "\"" }.trimmingSpaces() }
        return names.count > 1 && names.contains { $0.lowercased() == "url" }
    }

    private func fields(ofHeader line: String) throws(ArchiveError) -> [String] {
        var records: [Result<CSVReader.Record, CSVError>] = []
        var reader = CSVReader()
        reader.read(line.utf8) { records.append($0) }
        reader.finish { records.append($0) }
        switch records.first {
        case .success(let record): return record.fields
        case .failure(let error): throw badHeader("cannot be read: \(error.reason)")
        case nil: return []
        }
    }

    private func badHeader(_ problem: String) -> ArchiveError {
        .badHeader(source: source, reason: "the first line \(problem)")
    }

    private func url(_ text: String, line: Int) -> Result<IncomingImage, BadLine> {
        if let problem = ImageURL.problem(with: text) { return .failure(BadLine(line: line, reason: problem)) }
        return .success(IncomingImage(line: line, url: text))
    }

    private func row(of record: CSVReader.Record, under header: [String]) -> Result<IncomingImage, BadLine> {
        guard record.fields.count == header.count else {
            let reason = "\(record.fields.count) fields, but the header names \(header.count)"
            return .failure(BadLine(line: record.line, reason: reason))
        }
        var url = ""
        var key: String?
        var takenAt: Int64?
        var extra: [String: String] = [:]
        for (name, field) in zip(header, record.fields) {
            if field.unicodeScalars.contains("\0") {
                return .failure(BadLine(line: record.line, reason: "column \(name) holds a zero byte"))
            }
            switch name {
            case "url": url = field.trimmingSpaces()
            case "key": key = field.isEmpty ? nil : field
            case "taken_at":
                guard !field.isEmpty else { continue }
                takenAt = CaptureTime.microseconds(of: field.trimmingSpaces())
                if takenAt == nil {
                    let reason = "taken_at “\(field.prefix(40))” is no time such as 1936-08-01 or 1936-08-01T16:30:00Z"
                    return .failure(BadLine(line: record.line, reason: reason))
                }
            default:
                if !name.isEmpty && !field.isEmpty { extra[name] = field }
            }
        }
        if let problem = ImageURL.problem(with: url) {
            return .failure(BadLine(line: record.line, reason: problem))
        }
        return .success(
            IncomingImage(line: record.line, url: url, key: key, takenAt: takenAt, extra: Self.json(extra)))
    }

    private static func json(_ columns: [String: String]) -> String? {
        guard !columns.isEmpty else { return nil }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Text by text: there is nothing in it that JSON could not hold.
        guard let data = try? encoder.encode(columns) else { return nil }
        return String(decoding: data, as: UTF8.self)
    }
}

extension String {
    fileprivate func trimmingSpaces() -> String {
        let isSpace: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        // Most have none.
        guard utf8.first.map(isSpace) ?? false || utf8.last.map(isSpace) ?? false else { return self }
        guard let first = firstIndex(where: { $0 != " " && $0 != "\t" }),
            let last = lastIndex(where: { $0 != " " && $0 != "\t" })
        else { return "" }
        return String(self[first...last])
    }
}
