import Concurrency
import Density
import Imaging

/// A decoder that holds every picture until those of its size are let go, even where nobody waits for it any more.
final class StubbornDecoder: TestDecoder {
    private struct State {
        var asked: [PixelSize] = []
        var released: Set<PixelSize> = []
        var held: [PixelSize: [CheckedContinuation<Void, Never>]] = [:]
    }

    let decoder = PictureDecoder()
    private let state = Locked(State())

    /// Sizes of the pictures, in the order they came.
    var sizes: [PixelSize] { state.withLock { $0.asked } }

    func release(_ size: PixelSize) {
        let held = state.withLock { state in
            state.released.insert(size)
            return state.held.removeValue(forKey: size) ?? []
        }
        for one in held { one.resume() }
    }

    func header(of bytes: [UInt8], page: Int) async throws(ImagingError) -> PictureHeader {
        let header = try decoder.header(of: bytes, page: page)
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                state.asked.append(header.size)
                if state.released.contains(header.size) { return true }
                state.held[header.size, default: []].append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
        return header
    }
}
