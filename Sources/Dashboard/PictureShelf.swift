import Concurrency

/// Draws pictures for the page, one at a time, and keeps the last ones.
///
/// A count never changes, so that a picture that was drawn as it was counted is good for ever; one that was not is
/// drawn again when it is next asked for.
actor PictureShelf {
    /// Longer sides that are drawn, in pixels: in a list, and by itself.
    static let sizes = [320, 1280]

    /// What tells one from another.
    struct Key: Hashable, Sendable {
        let run: Int
        let image: Int
        let longest: Int
    }

    private static let mostWaiting = 64

    private let draw: @Sendable (_ run: Int, _ image: Int, _ longest: Int) async throws -> PagePicture
    private let limit: Int
    private let turn = Gate(limit: 1)
    private var shelf: [Key: (picture: PagePicture, usedAt: Int)] = [:]
    private var bytes = 0
    private var uses = 0
    private var waiting = 0

    /// - Parameter limit: bytes of the pictures that are kept, at most.
    init(
        limit: Int = 32 << 20,
        draw: @escaping @Sendable (_ run: Int, _ image: Int, _ longest: Int) async throws -> PagePicture
    ) {
        self.limit = limit
        self.draw = draw
    }

    /// The picture, drawn where it is not on the shelf.
    /// - Returns: `nil` where too many others wait.
    /// - Throws: why it cannot be drawn.
    func picture(_ key: Key) async throws -> PagePicture? {
        if let kept = take(key) { return kept }
        guard waiting < Self.mostWaiting else { return nil }
        waiting += 1
        defer { waiting -= 1 }
        return try await turn.withPlace {
            // Whoever was before may have wanted the same.
            if let kept = take(key) { return kept }
            let picture = try await draw(key.run, key.image, key.longest)
            if picture.problem == nil { put(picture, at: key) }
            return picture
        }
    }

    private func take(_ key: Key) -> PagePicture? {
        guard let kept = shelf[key] else { return nil }
        uses += 1
        shelf[key]?.usedAt = uses
        return kept.picture
    }

    private func put(_ picture: PagePicture, at key: Key) {
        uses += 1
        bytes += picture.jpeg.count - (shelf[key]?.picture.jpeg.count ?? 0)
        shelf[key] = (picture, uses)
        while bytes > limit, let oldest = shelf.min(by: { $0.value.usedAt < $1.value.usedAt })?.key {
            bytes -= shelf.removeValue(forKey: oldest)?.picture.jpeg.count ?? 0
        }
    }
}
