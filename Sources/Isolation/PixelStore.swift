import Concurrency
import Density

/// Memory for pixels that was in use before and is used again.
///
/// Memory of a megabyte or so goes back to the system when it is freed, or leaves the C library's heaps full of holes; to
/// have it anew costs as much as decoding a small picture. Nearly all pictures of a run come to one size, that of its
/// tiles, and only memory of exactly the size that is wanted is used again: what a picture takes is what was set aside
/// for it.
final class PixelStore: Sendable {
    private struct State {
        /// Those that came back last are at the end.
        var idle: [[UInt8]] = []
        var bytes = 0
    }

    /// Bytes that are kept at most while no picture has them.
    private let limit: Int
    private let state = Locked(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// Bytes that no picture has.
    var idleBytes: Int { state.withLock { $0.bytes } }

    /// A picture whose memory comes back to the store.
    /// - Parameter body: writes every byte; what it finds there may be of an earlier picture.
    func picture(of size: PixelSize, fill body: (UnsafeMutableRawBufferPointer) -> Void) -> Picture {
        let count = size.area * Picture.channels
        var pixels: [UInt8]
        // Written in place: with a second reference to it the array would be copied first.
        if let place = take(count) {
            pixels = consume place
            pixels.withUnsafeMutableBytes(body)
        } else {
            pixels = [UInt8](unsafeUninitializedCapacity: count) { bytes, initialised in
                body(UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(bytes)[..<count]))
                initialised = count
            }
        }
        return Picture(size: size, pixels: pixels) { [weak self] in self?.takeBack($0) }
    }

    private func take(_ count: Int) -> [UInt8]? {
        state.withLock { state in
            guard let place = state.idle.lastIndex(where: { $0.count == count }) else { return nil }
            state.bytes -= count
            return state.idle.remove(at: place)
        }
    }

    /// What has lain there longest is let go of where there is too much.
    private func takeBack(_ pixels: [UInt8]) {
        guard pixels.count <= limit else { return }
        let dropped: [[UInt8]] = state.withLock { state in
            state.idle.append(pixels)
            state.bytes += pixels.count
            var excess = 0
            while state.bytes > limit {
                state.bytes -= state.idle[excess].count
                excess += 1
            }
            defer { state.idle.removeFirst(excess) }
            return Array(state.idle.prefix(excess))
        }
        // Freed outside the lock.
        _ = consume dropped
    }
}
