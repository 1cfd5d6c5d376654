import Digest

/// One command of a build, and all that its outcome depends on.
struct BuildStep: Sendable {
    /// What it does, in a few words, such as `calibrate`.
    let title: String
    /// The command, run in a folder of its own.
    let words: [String]
    /// Files it reads, by the names they get in that folder, and where they lie now.
    let inputs: [String: String]
    /// Files it must leave there.
    let outputs: [String]
    /// True where steps after it read some of its inputs in its folder; else they are removed when it is done.
    var keepsInputs = false

    /// What names the outcome: the same command on the same content leaves the same.
    /// - Parameter compiler: what runs it; the folders of the command's own words are left out.
    func digest(compiler: String) throws(ModelsError) -> SHA256Digest {
        var text = compiler + "\n" + words.map(Self.withoutFolder).joined(separator: "\n")
        for (name, path) in inputs.sorted(by: { $0.key < $1.key }) {
            text += "\n\(name) \(try FileContent.digest(path))"
        }
        do {
            return try SHA256Digest(of: Array(text.utf8))
        } catch {
            throw .unreadable(path: title, reason: error.description)
        }
    }

    private static func withoutFolder(_ word: String) -> String {
        word.hasPrefix("/") ? String(word[(word.lastIndex(of: "/") ?? word.startIndex)...]) : word
    }
}
