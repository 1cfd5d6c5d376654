/// A stream of random numbers that is the same on every machine: xoshiro256** seeded through SplitMix64.
///
/// Algorithms of Blackman and Vigna, public domain. Only integer arithmetic and exact conversions are used, so that a
/// seed gives the same picture in debug and release, on any processor.
struct RandomSource: Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init(seed: UInt64) {
        var counter = seed
        func next() -> UInt64 {
            counter &+= 0x9E37_79B9_7F4A_7C15
            return Self.mix(counter)
        }
        state = (next(), next(), next(), next())
    }

    /// A stream of its own for part `index` of what `seed` makes: part 7 is the same however many parts there are.
    init(seed: UInt64, index: Int) {
        self.init(seed: Self.mix(seed) ^ (UInt64(truncatingIfNeeded: index) &* 0xD1B5_4A32_D192_ED03))
    }

    mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = (state.3 << 45) | (state.3 >> 19)
        return result
    }

    /// Even in 0 ..< 1, in steps of 2^-24.
    mutating func unit() -> Float {
        Float(next() >> 40) * 0x1p-24
    }

    /// Even between the bounds.
    mutating func within(_ range: ClosedRange<Float>) -> Float {
        range.lowerBound + (range.upperBound - range.lowerBound) * unit()
    }

    /// Even in an integer range.
    mutating func within(_ range: Range<Int>) -> Int {
        range.lowerBound + Int(next() >> 33) % range.count
    }

    /// Nearly normal with mean 0 and deviation 1: the sum of four even numbers, which never leaves -3.5 ... 3.5.
    mutating func normal() -> Float {
        (unit() + unit() + unit() + unit() - 2) * 1.7320508
    }

    /// True with the given probability.
    mutating func chance(_ probability: Float) -> Bool {
        unit() < probability
    }

    /// One of `values`, each as likely as the next.
    mutating func one<Value>(of values: [Value]) -> Value {
        values[within(0..<values.count)]
    }

    /// One of `values`, as likely as its weight.
    mutating func weighted<Value>(_ values: [(weight: Float, value: Value)]) -> Value {
        var rest = unit() * values.reduce(0) { $0 + $1.weight }
        for candidate in values.dropLast() {
            rest -= candidate.weight
            if rest < 0 { return candidate.value }
        }
        return values[values.count - 1].value
    }

    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
