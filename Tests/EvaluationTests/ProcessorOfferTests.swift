import Evaluation
import Testing

/// A second model for the CPU is written where it is the faster and errs little more, and nowhere else.
@Suite struct ProcessorOfferTests {
    @Test func offeredWhereItIsFasterAndNearEnough() {
        #expect(ProcessorOffer(float: 0.04, int8: 0.01, loss: 0.03).refusal(tolerance: 0.03) == nil)
    }

    @Test(arguments: [0.01, 0.02])
    func refusedWhereItIsNoFaster(int8: Double) {
        #expect(ProcessorOffer(float: 0.01, int8: int8, loss: 0).refusal(tolerance: 0.03) == "is no faster")
    }

    @Test func refusedWhereItErrsTooMuch() {
        #expect(ProcessorOffer(float: 0.04, int8: 0.01, loss: 0.031).refusal(tolerance: 0.03) == "errs too much")
    }
}
