/// The numbers below a limit in a random order, each once; costs by how many are taken, not by the limit.
struct DrawnPlaces: Sequence, IteratorProtocol {
    private var generator: SeededGenerator
    /// Fisher and Yates's shuffle: what stands at a place where that is no longer its own number.
    private var moved: [Int: Int] = [:]
    private var left: Int

    /// The same seed draws the same.
    init(below limit: Int, seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        left = limit
    }

    mutating func next() -> Int? {
        guard left > 0 else { return nil }
        let place = generator.place(among: left)
        left -= 1
        let drawn = moved[place] ?? place
        moved[place] = moved.removeValue(forKey: left) ?? left
        return drawn
    }
}
