/// An object of OpenVINO's, freed with its owner.
struct OpenVINOHandle: ~Copyable, @unchecked Sendable {
    // Unchecked because of the pointer. OpenVINO's objects may be used from every thread, one call at a time each, and
    // a handle has one owner.

    /// Valid while the handle lives; not to be kept.
    let pointer: OpaquePointer

    private let free: @convention(c) (OpaquePointer?) -> Void

    /// Takes over `pointer`, to be freed by `free`.
    init(_ pointer: OpaquePointer, free: @convention(c) (OpaquePointer?) -> Void) {
        self.pointer = pointer
        self.free = free
    }

    deinit {
        free(pointer)
    }
}
