extension FourLanePacking {
    /// Bytes read plus written per second while four tiles are packed, best of `rounds`.
    ///
    /// The tiles are the quarters of one picture of noise, as a `grid:2x2` plan cuts them. One thread.
    public func throughput(rounds: Int) -> Double {
        let whole = PixelSize(width: tile.width * 2, height: tile.height * 2)
        var noise = SystemRandomNumberGenerator()
        let picture = Picture(size: whole, pixels: (0..<whole.area * Picture.channels).map { _ in noise.next() })
        let tiles = (0..<Self.lanes).map {
            Tile(picture: picture, x: $0 % 2 * tile.width, y: $0 / 2 * tile.height, size: tile)
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount(tiles: tiles.count), alignment: 64)
        defer { buffer.deallocate() }
        let clock = ContinuousClock()
        let best = (0..<max(1, rounds)).reduce(Duration.seconds(3600)) { best, _ in
            min(best, clock.measure { pack(tiles, into: buffer) })
        }
        let (seconds, attoseconds) = best.components
        return Double(buffer.count + picture.pixels.count) / (Double(seconds) + Double(attoseconds) * 1e-18)
    }
}
