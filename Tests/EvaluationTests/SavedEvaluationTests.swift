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
        try SavedEvaluation(evaluation).write(to: folder.path + "/e.json")
        let back = try #require(SavedEvaluation(path: folder.path + "/e.json").evaluation())
        #expect(back.observations == observations)
        #expect(back.subject == subject)
        #expect(back.intervals == evaluation.intervals)
    }

    @Test("another file is refused by name", arguments: ["", "{}", "image,count\n", #"{"subject":1,"pictures":[]}"#])
    func otherFile(content: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(content, to: "e.json")
        #expect(throws: EvaluationError.self) { try SavedEvaluation(path: path) }
    }
}
