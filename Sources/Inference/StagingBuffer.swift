/// Memory of the host for one batch: packed into, and copied out to.
///
/// Aligned to pages, so that a copy to the device moves whole pages.
final class StagingBuffer: @unchecked Sendable {
    // Unchecked because the memory has one user at a time: whoever took the buffer from its pool.

    let input: UnsafeMutableRawBufferPointer
    let output: UnsafeMutableRawBufferPointer

    init(inputBytes: Int, outputBytes: Int) {
        input = .allocate(byteCount: inputBytes, alignment: 4096)
        output = .allocate(byteCount: outputBytes, alignment: 4096)
    }

    deinit {
        output.deallocate()
        input.deallocate()
    }
}
