/// How counts are written out as text.
public enum ExportFormat: Sendable, CaseIterable {
    /// RFC 4180 with a header and LF line ends. NULL is nothing at all, an empty text is `""`.
    case csv
    /// A JSON object a line.
    case jsonLines
}
