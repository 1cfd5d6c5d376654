/// What is measured of a picture before anything is built from it.
public struct CandidateTraits: Sendable, Hashable {
    /// People in it by the network in floating point.
    public let people: Double
    /// Standard deviation of its colours about their gray, in 0...255 units.
    public let colour: Double
    /// Standard deviation of its brightness, in 0...255 units.
    public let brightness: Double
    /// The largest magnitude of each operator's output on it.
    public let ranges: [Double]

    /// Traits of four parts.
    public init(people: Double, colour: Double, brightness: Double, ranges: [Double]) {
        self.people = people
        self.colour = colour
        self.brightness = brightness
        self.ranges = ranges
    }

    /// How far the ranges of each candidate are from those that cover the set without stretching it, in octaves.
    ///
    /// An operator's range covers the set where nine of ten pictures stay within it. Ranges below clip, ranges above
    /// waste steps; both count alike, averaged over the operators that are ever above zero.
    public static func misfits(of candidates: [CandidateTraits]) -> [Double] {
        let operators = candidates.map(\.ranges.count).min() ?? 0
        let covering = (0..<operators).map { index in
            let sorted = candidates.map { $0.ranges[index] }.sorted()
            return sorted[(sorted.count * 9 / 10).clamped(to: sorted.count - 1)]
        }
        return candidates.map { candidate in
            let octaves = zip(candidate.ranges, covering).compactMap { range, cover in
                cover > 0 ? octave(max(range, cover / 1024) / cover).magnitude : nil
            }
            return octaves.isEmpty ? 0 : octaves.reduce(0, +) / Double(octaves.count)
        }
    }

    /// The candidates from the most to the least promising: by the sum of their places in four orders, of which the
    /// fit of the ranges counts twice.
    public static func ranking(of candidates: [CandidateTraits]) -> [Int] {
        let misfits = misfits(of: candidates)
        let orders = [
            misfits, misfits, candidates.map { -$0.people }, candidates.map { -$0.colour },
            candidates.map { -$0.brightness },
        ]
        var places = [Int](repeating: 0, count: candidates.count)
        for order in orders { add(order, to: &places) }
        return places.indices.sorted { (places[$0], misfits[$0]) < (places[$1], misfits[$1]) }
    }

    /// The seed's rule: a large crowd and broad colours, alike.
    public static func seedRanking(of candidates: [CandidateTraits]) -> [Int] {
        var places = [Int](repeating: 0, count: candidates.count)
        for order in [candidates.map { -$0.people }, candidates.map { -$0.colour }] { add(order, to: &places) }
        return places.indices.sorted { (places[$0], -candidates[$0].people) < (places[$1], -candidates[$1].people) }
    }

    /// Adds the place of each value, from 0; equal ones share theirs.
    private static func add(_ values: [Double], to places: inout [Int]) {
        for candidate in values.indices { places[candidate] += values.count { $0 < values[candidate] } }
    }

    private static func octave(_ ratio: Double) -> Double {
        // The exponent and a chord for the rest: monotonous, and exact at the powers of two.
        Double(ratio.exponent) + ratio.significand - 1
    }
}

extension Int {
    fileprivate func clamped(to limit: Int) -> Int { Swift.min(self, limit) }
}
