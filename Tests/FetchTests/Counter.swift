import Concurrency
import Synchronization

/// A number that several threads count.
final class Counter: Sendable {
    private let number = Atomic(0)

    var value: Int { number.load(ordering: .sequentiallyConsistent) }

    /// The value after it.
    @discardableResult
    func add(_ change: Int) -> Int {
        number.add(change, ordering: .sequentiallyConsistent).newValue
    }

    /// Makes the value at least `least`.
    func raise(to least: Int) {
        number.max(least, ordering: .sequentiallyConsistent)
    }
}

/// A value that a server's handler leaves for the test.
final class Box<Value: Sendable>: Sendable {
    private let locked: Locked<Value>

    init(_ value: Value) {
        locked = Locked(value)
    }

    var value: Value {
        get { locked.withLock { $0 } }
        set { locked.withLock { $0 = newValue } }
    }
}
