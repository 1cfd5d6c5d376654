/// Guesses which word was meant by a misspelt one.
enum Spelling {
    /// The word that takes the fewest edits to become `word`, where these are one, or at most a third of its letters.
    static func nearest(to word: String, among words: [String]) -> String? {
        let ranked = words.map { (word: $0, edits: edits(from: word, to: $0)) }
        guard let best = ranked.min(by: { $0.edits < $1.edits }) else { return nil }
        return best.edits <= max(1, word.count / 3) ? best.word : nil
    }

    /// The optimal string alignment distance: insertions, deletions and replacements of single letters, and swaps of
    /// two neighbours, the commonest slip of all.
    static func edits(from source: String, to target: String) -> Int {
        let (source, target) = (Array(source), Array(target))
        var before: [Int] = []
        var last = Array(0...target.count)
        for i in source.indices {
            var row = [i + 1]
            for j in target.indices {
                var edits = min(last[j + 1], row[j]) + 1
                edits = min(edits, last[j] + (source[i] == target[j] ? 0 : 1))
                if i > 0, j > 0, source[i] == target[j - 1], source[i - 1] == target[j] {
                    edits = min(edits, before[j - 1] + 1)
                }
                row.append(edits)
            }
            (before, last) = (last, row)
        }
        return last[target.count]
    }
}
