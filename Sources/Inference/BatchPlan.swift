/// Which tiles go into which launch.
struct BatchPlan: Equatable {
    struct Batch: Equatable {
        /// Positions of its tiles.
        let tiles: Range<Int>
        /// Lanes of the launch; those behind its tiles are empty.
        let size: Int
    }

    let batches: [Batch]

    /// Full batches of the largest size; the rest padded to it, or one by one, whichever costs less.
    /// - Parameters:
    ///   - sizes: lanes of the launches there are, ascending; at least one.
    ///   - cost: seconds of one launch of a size.
    init(tiles count: Int, sizes: [Int], cost: (Int) -> Double) {
        let largest = sizes.last ?? 1
        let smallest = sizes.first ?? 1
        let full = count / largest * largest
        var batches = stride(from: 0, to: full, by: largest).map { Batch(tiles: $0..<$0 + largest, size: largest) }
        let rest = count - full
        let singly = Double((rest + smallest - 1) / smallest) * cost(smallest)
        let size = singly <= cost(largest) ? smallest : largest
        batches += stride(from: full, to: count, by: size).map {
            Batch(tiles: $0..<min($0 + size, count), size: size)
        }
        self.batches = batches
    }
}
