/// Memory for rows of pixels on their way from a decoder to whoever takes them next.
///
/// It starts 8 bytes beyond an aligned place, for to aligned rows libjpeg-turbo writes around the caches, and the next to
/// read them waits for the memory: a quarter of the time of a photograph that is made smaller.
struct RowBuffer: ~Copyable {
    private static let alignment = 64
    private static let offset = 8

    private let memory: UnsafeMutableRawPointer
    /// Valid while the buffer lives.
    let start: UnsafeMutablePointer<UInt8>

    init(bytes: Int) {
        memory = .allocate(byteCount: bytes + Self.offset, alignment: Self.alignment)
        start = (memory + Self.offset).bindMemory(to: UInt8.self, capacity: bytes)
    }

    deinit {
        memory.deallocate()
    }
}
