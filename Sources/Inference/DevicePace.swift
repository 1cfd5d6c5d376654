/// What a device does while it is busy, as of late: one that slows down, because it is hot, is followed.
///
/// A pure value that is told of busy times as each launch ends.
struct DevicePace {
    /// After so many busy seconds what was before counts half.
    static let memory = 20.0

    private var tiles = 0.0
    private var seconds = 0.0

    /// - Parameters:
    ///   - tiles: that were computed.
    ///   - busy: the time of that.
    mutating func add(tiles: Int, busy: Duration) {
        self.tiles += Double(tiles)
        seconds += busy / .seconds(1)
        guard seconds > Self.memory else { return }
        self.tiles /= 2
        seconds /= 2
    }

    /// Tiles a second; `nil` where there is nothing to go by.
    /// - Parameter busy: time at what has not ended.
    func tilesPerSecond(after busy: Duration = .zero) -> Double? {
        let seconds = seconds + busy / .seconds(1)
        return tiles > 0 && seconds > 0 ? tiles / seconds : nil
    }
}
