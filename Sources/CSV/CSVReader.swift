/// Cuts a stream of bytes into records, CSV (RFC 4180) or plain lines, in constant memory.
///
/// Lines end with LF or CRLF. A byte order mark at the start is skipped. Bytes are handed in as they arrive, in pieces
/// of any size. After a record that cannot be read, reading goes on with the next line.
public struct CSVReader: Sendable {
    /// A record and where it began.
    public struct Record: Sendable, Equatable {
        /// Line the record begins on, from 1.
        public let line: Int
        /// At least one field. The record of an empty line is one empty field.
        public let fields: [String]

        /// A record of two parts.
        public init(line: Int, fields: [String]) {
            self.line = line
            self.fields = fields
        }
    }

    /// What makes a record.
    public enum Dialect: Sendable {
        /// Fields between commas. They may be quoted, and hold commas, line breaks and doubled quotes then.
        case commaSeparated
        /// Every line is a record of one field, whatever it holds.
        case lines
    }

    private enum State {
        case fieldStart, plain, quoted, quoteInQuoted
        /// In a record that is refused already, up to the end of the line.
        case refused
    }

    /// Longest record, in bytes: a stray quote must not swallow a whole file.
    public static let recordLimit = 1 << 20

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// How the next record is read. Changed between two records, it holds from the later one on.
    public var dialect: Dialect
    private var state = State.fieldStart
    private var field: [UInt8] = []
    private var fields: [String] = []
    private var line = 1
    private var recordLine = 1
    private var recordBytes = 0
    /// True behind a line break: `line` has begun, but nothing of it was read.
    private var isAtLineStart = true
    /// Bytes of the byte order mark seen so far; `nil` once the stream is known to begin without one, or is past it.
    private var markBytes: Int? = 0
    private var problem: CSVError.Problem?

    /// A reader at the start of a stream.
    public init(dialect: Dialect = .commaSeparated) {
        self.dialect = dialect
    }

    /// Takes the next piece and hands out each record it completes, or the reason why a line is none.
    public mutating func read<Failure: Error>(
        _ bytes: some Sequence<UInt8>, _ body: (Result<Record, CSVError>) throws(Failure) -> Void
    ) throws(Failure) {
        var rest = ArraySlice(bytes)
        while let byte = rest.first {
            if markBytes == nil, takeText(from: &rest) { continue }
            rest.removeFirst()
            if let seen = markBytes {
                if byte == Self.mark[seen] {
                    markBytes = seen + 1 < Self.mark.count ? seen + 1 : nil
                    continue
                }
                try takeBackMark(body)
            }
            try take(byte, body)
        }
    }

    /// Takes bytes that mean nothing but themselves, all that come next of them at once.
    /// - Returns: false where the next byte is to be looked at.
    private mutating func takeText(from rest: inout ArraySlice<UInt8>) -> Bool {
        if case .quoteInQuoted = state { return false }
        let separates = dialect == .commaSeparated
        let text = rest.prefix { byte in
            byte != UInt8(ascii: "\n")
                && !(separates && (byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\"")))
        }
        guard !text.isEmpty else { return false }
        rest = rest[text.endIndex...]
        isAtLineStart = false
        recordBytes += text.count
        if recordBytes > Self.recordLimit { refuse(.recordTooLong(limit: Self.recordLimit)) }
        if case .refused = state { return true }
        field.append(contentsOf: text)
        if case .fieldStart = state { state = .plain }
        return true
    }

    /// Hands out the last record where the stream did not end with a line break.
    public mutating func finish<Failure: Error>(
        _ body: (Result<Record, CSVError>) throws(Failure) -> Void
    ) throws(Failure) {
        try takeBackMark(body)
        if case .quoted = state { problem = problem ?? .unclosedQuote }
        if recordBytes > 0 { try endRecord(body) }
    }

    /// Reads what looked like the beginning of a mark and was none.
    private mutating func takeBackMark<Failure: Error>(
        _ body: (Result<Record, CSVError>) throws(Failure) -> Void
    ) throws(Failure) {
        let seen = markBytes ?? 0
        markBytes = nil
        for byte in Self.mark.prefix(seen) { try take(byte, body) }
    }

    private mutating func take<Failure: Error>(
        _ byte: UInt8, _ body: (Result<Record, CSVError>) throws(Failure) -> Void
    ) throws(Failure) {
        isAtLineStart = byte == UInt8(ascii: "\n")
        if isAtLineStart { line += 1 }
        recordBytes += 1
        if recordBytes > Self.recordLimit { refuse(.recordTooLong(limit: Self.recordLimit)) }
        let separates = dialect == .commaSeparated
        switch (state, byte) {
        case (.quoted, UInt8(ascii: "\"")):
            state = .quoteInQuoted
        case (.quoted, _):
            field.append(byte)
        case (.quoteInQuoted, UInt8(ascii: "\"")):
            field.append(byte)
            state = .quoted
        case (_, UInt8(ascii: "\n")):
            try endRecord(body)
        case (.refused, _), (.quoteInQuoted, UInt8(ascii: "\r")):
            break
        case (_, UInt8(ascii: ",")) where separates:
            endField()
        case (.fieldStart, UInt8(ascii: "\"")) where separates:
            state = .quoted
        case (.quoteInQuoted, _):
            refuse(.textAfterQuote)
        default:
            field.append(byte)
            state = .plain
        }
    }

    /// What was read of the record is forgotten, and the rest of it will be.
    private mutating func refuse(_ reason: CSVError.Problem) {
        guard problem == nil else { return }
        problem = reason
        state = .refused
        field = []
        fields = []
    }

    private mutating func endField() {
        if let text = String(validating: field, as: UTF8.self) {
            fields.append(text)
        } else {
            problem = problem ?? .notUTF8
        }
        field.removeAll(keepingCapacity: true)
        state = .fieldStart
    }

    private mutating func endRecord<Failure: Error>(
        _ body: (Result<Record, CSVError>) throws(Failure) -> Void
    ) throws(Failure) {
        if case .quoteInQuoted = state {} else if field.last == UInt8(ascii: "\r") { field.removeLast() }
        endField()
        let last = isAtLineStart ? line - 1 : line
        let result: Result<Record, CSVError> =
            problem.map { .failure(CSVError($0, lines: recordLine...last)) }
            ?? .success(Record(line: recordLine, fields: fields))
        fields = []
        recordBytes = 0
        recordLine = line
        problem = nil
        try body(result)
    }
}
