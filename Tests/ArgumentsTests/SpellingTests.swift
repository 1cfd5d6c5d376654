import Testing

@testable import Arguments

struct SpellingTests {
    @Test(
        "Edits are letters put in, left out, replaced and swapped with their neighbour",
        arguments: [
            ("", "", 0), ("same", "same", 0), ("", "abc", 3), ("abc", "", 3), ("kitten", "sitting", 3),
            ("run", "urn", 1),
            ("status", "stauts", 1), ("ca", "abc", 3), ("results", "result", 1), ("é", "e", 1),
        ])
    func edits(source: String, target: String, count: Int) {
        #expect(Spelling.edits(from: source, to: target) == count)
        #expect(Spelling.edits(from: target, to: source) == count)
    }

    @Test(
        "A word is meant where one edit, or one for three letters, leads to it",
        arguments: [
            ("wrok", "work"), ("wor", "work"), ("w", nil), ("enquue", "enqueue"), ("rezultz", "results"),
            ("rezulz", nil), ("imgrate", "migrate"), ("xyz", nil), ("", nil),
        ] as [(String, String?)])
    func nearest(word: String, meant: String?) {
        #expect(Spelling.nearest(to: word, among: ["work", "enqueue", "results", "migrate"]) == meant)
    }

    @Test("Among no words none is meant; among equally near ones the first")
    func ties() {
        #expect(Spelling.nearest(to: "set", among: []) == nil)
        #expect(Spelling.nearest(to: "set", among: ["get", "let"]) == "get")
    }
}
