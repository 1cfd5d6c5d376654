import Testing

@testable import Evaluation

@Suite struct CalibrationErrorsTests {
    /// A network that errs by 10 people each way.
    private static let exact: [CalibrationErrors.Sample] = [(100, 110, 110), (100, 90, 90), (50, 60, 60), (50, 40, 40)]

    private static func loss(_ counts: [Double], truth: Bool = true) -> Double {
        let samples = zip(exact, counts).map { (truth ? $0.truth : nil, $0.float, $1) }
        return CalibrationErrors(samples).loss(
            against: CalibrationErrors(exact.map { (truth ? $0.truth : nil, $0.float, $0.int8) }))
    }

    @Test func theNetworkItselfLosesNothing() {
        #expect(Self.loss([110, 90, 60, 40]) == 0)
        #expect(Self.loss([110, 90, 60, 40], truth: false) == 0)
    }

    @Test func whatAddsToTheErrorsIsLost() {
        // Errors of 11 instead of 10.
        #expect(abs(Self.loss([111, 89, 61, 39]) - 0.1) < 1e-12)
    }

    @Test("what happens to lie against the network's own errors counts all the same")
    func luck() {
        // Half of the errors is gone, by counts that are half an error off.
        #expect(abs(Self.loss([105, 95, 55, 45]) - (1.25.squareRoot() - 1)) < 1e-12)
    }

    @Test("pictures without a true count do not make the others' errors larger")
    func partlyTold() {
        let untold: CalibrationErrors.Sample = (nil, 500, 400)
        let exact = CalibrationErrors(Self.exact + [(nil, 500, 500)])
        #expect(CalibrationErrors(Self.exact + [untold]).loss(against: exact) == 0)
    }

    @Test func withoutTrueCountsItIsAShareOfThePeople() {
        #expect(abs(Self.loss([113, 93, 63, 43], truth: false) - 3.0 / 75) < 1e-12)
    }
}
