import CSystem
import Glibc

/// Memory that a decoder's process and the one that started it both see. Its size never changes.
final class SharedArea {
    let bytes: UnsafeMutableRawBufferPointer

    /// Maps what a descriptor stands for; the descriptor is no longer needed then.
    init?(descriptor: Int32, size: Int) {
        guard size > 0, let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            start != MAP_FAILED
        else { return nil }
        bytes = UnsafeMutableRawBufferPointer(start: start, count: size)
    }

    deinit {
        munmap(bytes.baseAddress, bytes.count)
    }

    /// Gives the memory behind it back, on both sides; it reads as zeros then, and takes memory again where it is written.
    func empty() {
        // Where the kernel cannot, the memory stays.
        _ = madvise(bytes.baseAddress, bytes.count, MADV_REMOVE)
    }

    /// A new area of at least so many bytes, and the descriptor to hand down, which the caller closes. Memory is taken
    /// only for what is written to.
    static func make(atLeast size: Int) -> (area: SharedArea, descriptor: Int32)? {
        let size = max(least, roundedUp(size))
        let descriptor = headcount_shared_memory("headcount-picture", size)
        guard descriptor >= 0 else { return nil }
        guard let area = SharedArea(descriptor: descriptor, size: size) else {
            close(descriptor)
            return nil
        }
        return (area, descriptor)
    }

    /// Up to a page, so that pixels start on one.
    static func roundedUp(_ size: Int) -> Int { (size + 4095) / 4096 * 4096 }

    /// What is larger is let go of after its picture, on both sides, so that one large picture does not stay.
    static let largestKept = 64 << 20
    private static let least = 16 << 20
}
