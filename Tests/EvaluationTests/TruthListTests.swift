import Evaluation
import TestSupport
import Testing

@Suite struct TruthListTests {
    private static func list(_ text: String) throws(EvaluationError) -> TruthList {
        try TruthList(csv: Array(text.utf8), source: "truth.csv")
    }

    @Test func columnsAreFoundByName() throws {
        let truth = try Self.list("by,count,image\r\nme,12,a.jpg\r\n\r\nme,0.5,\"b, c.jpg\"")
        #expect(truth.counts == ["a.jpg": 12, "b, c.jpg": 0.5])
    }

    @Test(
        "a line that cannot be used is named",
        arguments: [
            ("image,people\na,1\n", 1), ("image,count\na,many\n", 2), ("image,count\na,-1\n", 2),
            ("image,count\na,inf\n", 2), ("image,count\na,1e200\n", 2),
            ("image,count\na,1000000001\n", 2), ("image,count\na,1\nb\n", 3), ("image,count\na,1\na,2\n", 3),
            ("image,count\n,1\n", 2), ("image,count\n\"a,1\n", 2),
        ])
    func badLine(text: String, line: Int) {
        let error = #expect(throws: EvaluationError.self) { try Self.list(text) }
        guard case .badTruth(source: "truth.csv", let found, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(found == line)
    }

    @Test("a list without a line is refused", arguments: ["", "image,count\n", "\n"])
    func empty(text: String) {
        #expect(throws: EvaluationError.noTruth(source: "truth.csv")) { try Self.list(text) }
    }
}
