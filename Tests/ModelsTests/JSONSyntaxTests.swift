import Testing

@testable import Models

@Suite struct JSONSyntaxTests {
    @Test(
        "Well-formed texts have no fault",
        arguments: [
            "{}", " [ ] ", "\"é\\u00e9\\n\"", "-0.5e+10", "true", "{\"a\":[1,{\"b\":null}],\"c\":\"\"}\n", "0", "1e5",
        ])
    func wellFormed(text: String) {
        #expect(JSONSyntax.firstFault(in: Array(text.utf8)) == nil)
    }

    private static let faults: [(text: String, line: Int, column: Int)] = [
        ("", 1, 1), ("{", 1, 2), ("{\"a\":1,}", 1, 8), ("[1 2]", 1, 4), ("{\n  \"a\": tru\n}", 2, 11), ("[01]", 1, 3),
        ("{'a':1}", 1, 2), ("\"a\nb\"", 1, 3), ("{} {}", 1, 4), ("[\n1,\n]", 3, 1), ("[NaN]", 1, 2), ("[1.]", 1, 4),
        ("\"\\x\"", 1, 3), ("\"\\u12g4\"", 1, 6), ("[-]", 1, 3), ("{\"a\" 1}", 1, 6),
    ]

    @Test("The first fault is found at its line and column", arguments: faults.indices)
    func faultIsFound(index: Int) {
        let (text, line, column) = Self.faults[index]
        let found = JSONSyntax.firstFault(in: Array(text.utf8))
        #expect(found?.line == line && found?.column == column, "\(text): \(String(describing: found))")
    }

    @Test("Nesting without end is a fault, not a crash")
    func deepNestingIsAFault() {
        #expect(JSONSyntax.firstFault(in: [UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)) != nil)
    }

    @Test("A broken manifest is refused with the place of the fault")
    func brokenManifestNamesThePlace() throws {
        let json = try ManifestText.with("\"rgb\",", as: "\"rgb\"")
        #expect(throws: ModelsError.notJSON(manifest: "crowd.json", line: 7, column: 5)) {
            try ModelManifest(json: json, source: "crowd.json")
        }
    }
}
