import Glibc

/// What this process holds.
enum ResidentMemory {
    /// True in a program built with the address sanitizer.
    static var isSanitized: Bool { dlsym(nil, "__asan_init") != nil }

    /// Growth that says nothing: caches of runtimes and of the allocator. Under the address sanitizer, which keeps freed
    /// memory back and finds leaks by itself, any.
    static var tolerance: Int { isSanitized ? .max : 2 << 20 }

    /// Has the allocator give large blocks back as soon as they are free. Otherwise each of its arenas, of which threads that
    /// end and begin use ever others, keeps some: those of the simulated chip are of 16 MB.
    static func keepNoLargeBlocks() {
        let largeBlocks: CInt = -3  // M_MMAP_THRESHOLD
        guard let address = dlsym(nil, "mallopt") else { return }
        _ = unsafeBitCast(address, to: (@convention(c) (CInt, CInt) -> CInt).self)(largeBlocks, 128 << 10)
    }

    /// Bytes of memory that are in use now, shared libraries included.
    static var bytes: Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, CInt(line.count), file) != nil else { return 0 }
        let pages = line.split(separator: 32).dropFirst().first.flatMap { field in
            Int(String(decoding: field.map { UInt8(bitPattern: $0) }, as: UTF8.self))
        }
        return (pages ?? 0) * sysconf(CInt(_SC_PAGESIZE))
    }
}
