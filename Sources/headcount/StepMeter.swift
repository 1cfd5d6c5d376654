import Concurrency
import Terminal

/// A bar for work whose steps tell what they do: how many of the expected ones were told, and what the last one is.
final class StepMeter: Sendable {
    private static let width = 20

    private let console: Console
    private let expected: Int
    private let told = Locked(0)

    /// - Parameter expected: how often `say` is called, at most; where it is called less often the bar ends early.
    init(_ console: Console, expected: Int) {
        self.console = console
        self.expected = max(1, expected)
    }

    /// Told before each step.
    @Sendable func say(_ step: String) {
        let number = told.withLock { told in
            told += 1
            return told
        }
        console.showProgress(Self.line(step, done: number - 1, of: expected))
    }

    /// The bar is full when the last step has ended, not while it is under way.
    static func line(_ step: String, done: Int, of expected: Int) -> String {
        let share = min(Double(done) / Double(expected), 0.99)
        let full = Int(share * Double(width))
        let percent = "  \(Int(share * 100))".suffix(3)
        let bar = String(repeating: "#", count: full) + String(repeating: ".", count: width - full)
        return "[\(bar)]\(percent) % \(step)"
    }
}
