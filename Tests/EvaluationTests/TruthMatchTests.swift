import Testing

@testable import Evaluation

@Suite struct TruthMatchTests {
    private static func find(_ url: String, in names: [String]) throws -> String? {
        let lines = names.map { "\"\($0)\",1\n" }.joined()
        var match = TruthMatch(try TruthList(csv: Array(("image,count\n" + lines).utf8), source: "truth.csv"))
        return try match.find(url: url, key: nil)?.name
    }

    @Test(
        "a picture is found by its file's name as the URL has it, and as the file system has it",
        arguments: [
            ("my%20picture.jpg", "my picture.jpg"), ("caf%C3%A9.jpg", "caf\u{E9}.jpg"), ("50%25.jpg", "50%.jpg"),
            ("my%20picture.jpg", "my%20picture.jpg"), ("plain.jpg", "plain.jpg"),
        ])
    func byFileName(part: String, name: String) throws {
        #expect(try Self.find("http://localhost:8080/a/\(part)?size=2", in: ["other.jpg", name]) == name)
    }

    @Test("what is no percent-encoding, or no text, is another name", arguments: ["5%.jpg", "a%2", "a%+1", "%FF.jpg"])
    func noEncoding(part: String) throws {
        #expect(try Self.find("http://localhost/\(part)", in: ["other.jpg"]) == nil)
    }
}
