import Terminal
import Testing

struct TextTableTests {
    private func table(_ rows: [String]...) -> String {
        var table = TextTable([("SET", .left), ("IMAGES", .right), ("STATE", .left)])
        for row in rows { table.append(row) }
        return table.text
    }

    @Test("Words touch the left side of their column, numbers the right; no line ends with a space")
    func alignment() {
        #expect(
            table(["museum", "9", "done"], ["a", "1 234 567", ""]) == """
                SET        IMAGES  STATE
                museum          9  done
                a       1 234 567

                """)
    }

    @Test("A table without rows is its titles")
    func titles() {
        #expect(table() == "SET  IMAGES  STATE\n")
    }

    @Test("A letter takes one column, however many bytes or scalars it is made of", arguments: ["Köln", "Ko\u{308}ln"])
    func lettersAreColumns(name: String) {
        #expect(
            table([name, "1", "x"], ["four", "1", "x"]) == "SET   IMAGES  STATE\n\(name)       1  x\nfour       1  x\n")
    }

    @Test("A row stays one line and cannot steer the terminal")
    func controlCharactersAreShown() {
        #expect(
            table(["a\nb", "\u{1B}[2J", "x"])
                == "SET      IMAGES  STATE\na\\nb  \\u{1B}[2J  x\n")
    }
}
