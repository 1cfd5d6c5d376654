import Foundation
import TestSupport
import Testing

/// Workers and their database are killed, stopped and cut off at random moments, while people pause, retry and remove.
///
/// With HEADCOUNT_CHAOS set to a number of images, 100000 say, it is done at length: a hundred kills, five crashes of the
/// server. `swift test --disable-xctest --filter ChaosTests` with it set takes an hour or so; without, half a minute.
@Suite struct ChaosTests {
    @Test(
        "whatever is killed, every image ends with exactly one count or one final failure, and no count differs",
        .timeLimit(.minutes(240)))
    func exactlyOnce() async throws {
        let long = ProcessInfo.processInfo.environment["HEADCOUNT_CHAOS"].flatMap { Int($0) }
        let plan =
            long.map { Chaos.Plan(images: $0, workers: 4, kills: 100, crashes: 5, cuts: 20, stops: 5, orders: 20) }
            ?? Chaos.Plan(images: 900, workers: 3, kills: 6, crashes: 1, cuts: 2, stops: 1, orders: 1)
        try await Chaos.with(plan) { chaos in
            try await chaos.enqueue()
            try await chaos.run()
            try await chaos.expectExactlyOnce()
        }
    }
}
