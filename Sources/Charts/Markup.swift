/// Text within HTML and SVG.
public enum Markup {
    /// Text that stands for itself wherever HTML or SVG takes text or a quoted attribute, whatever it holds.
    ///
    /// Characters that neither may hold, such as most control characters, are shown as U+FFFD.
    public static func escaped(_ words: String) -> String {
        var text = ""
        text.reserveCapacity(words.utf8.count)
        // Scalar by scalar: a mark that combines with "<" would hide it in one Character.
        for scalar in words.unicodeScalars {
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            case "\t", "\n": text.unicodeScalars.append(scalar)
            case _ where scalar.properties.generalCategory == .control: text += "\u{FFFD}"
            case "\u{FFFE}", "\u{FFFF}": text += "\u{FFFD}"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
