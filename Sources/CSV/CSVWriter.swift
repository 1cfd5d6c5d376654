/// Writes CSV records (RFC 4180) with LF line ends.
public enum CSVWriter {
    /// One record, ending with a line break. A field is quoted where it must be.
    public static func record(_ fields: [String]) -> String {
        fields.map(quoted).joined(separator: ",") + "\n"
    }

    private static func quoted(_ field: String) -> String {
        let special: Set<Unicode.Scalar> = [",", "\"", "\n", "\r"]
        let plain = !field.unicodeScalars.contains(where: special.contains) && field.first != " " && field.last != " "
        if plain { return field }
        // Scalar by scalar, since "\r\n" is one Character.
        return "\"" + field.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
    }
}
