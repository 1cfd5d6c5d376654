extension PixelSize {
    /// This size, made smaller where it must be so that no side is longer than `longest`; proportions are kept.
    public func bounded(to longest: Int) -> PixelSize {
        let long = max(width, height)
        guard long > longest else { return self }
        func scaled(_ side: Int) -> Int { max(1, (side * longest + long / 2) / long) }
        return PixelSize(width: scaled(width), height: scaled(height))
    }
}
