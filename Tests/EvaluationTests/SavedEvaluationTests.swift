import Evaluation
import TestSupport
import Testing

@Suite struct SavedEvaluationTests {
    @Test func comesBackAsItWas() throws {
        let folder = try TemporaryFolder()
        let subject = Subject(model: "m", digest: "d", plan: "grid:2x2", engine: "bm1684", simulated: true)
        let observations = [
            Observation(image: "a/b.jpg", truth: 3, count: 0.1 + 0.2, seconds: 0.07),
            Observation(image: "é", truth: 0, count: 1e-7, seconds: 2),
        ]
        let evaluation = try #require(Evaluation(of: observations, subject: subject))
        let path = try folder.write(SavedEvaluation(evaluation).json(), to: "e.json")
        let back = try #require(SavedEvaluation(path: path).evaluation())
        #expect(back.observations == observations)
        #expect(back.subject == subject)
        #expect(back.intervals == evaluation.intervals)
    }

    @Test(
        "numbers that no figures can be made of are refused by the picture's name",
        arguments: [
            #""truth": 1e200, "count": 1, "seconds": 1"#, #""truth": -1, "count": 1, "seconds": 1"#,
            #""truth": 1, "count": -1e200, "seconds": 1"#, #""truth": 1, "count": 1, "seconds": 1e300"#,
            #""truth": 1, "count": 1, "seconds": -1"#,
        ])
    func oddNumbers(numbers: String) throws {
        let folder = try TemporaryFolder()
        let subject = #"{"model": "m", "digest": "d", "plan": "native", "engine": "e", "simulated": false}"#
        let path = try folder.write(
            #"{"subject": \#(subject), "pictures": [{"image": "odd.jpg", \#(numbers)}]}"#, to: "e.json")
        let error = #expect(throws: EvaluationError.self) { try SavedEvaluation(path: path) }
        #expect(error?.description.contains("odd.jpg") == true)
    }

    @Test("another file is refused by name", arguments: ["", "{}", "image,count\n", #"{"subject":1,"pictures":[]}"#])
    func otherFile(content: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(content, to: "e.json")
        #expect(throws: EvaluationError.self) { try SavedEvaluation(path: path) }
    }
}
