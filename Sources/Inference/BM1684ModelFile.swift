import Glibc

/// The head of a compiled model: which chip it was made for, and how much work memory it takes there.
///
/// Read before the runtime sees the file, so that a refusal names the chip that was found. A bmodel is 64 bytes, of which
/// the first word is `magic` and the third the length of the flatbuffer behind them; the runtime checks the rest.
struct BM1684ModelFile {
    static let magic: UInt32 = 0xFF55_AAEE
    private static let headerBytes = 64
    /// Far above the flatbuffer of any model: weights lie behind it.
    private static let largestHead = 1 << 24

    /// Positions of fields in the tables of the flatbuffer: a model has networks, each with its stages.
    private enum Field {
        static let (chip, networks) = (3, 4)
        static let stages = 3
        static let workMemory = 3
    }

    /// Such as `BM1684`.
    let chip: String
    /// Bytes of the memory that the runtimes of a process share on a device, of which a launch takes so much; 0 where the
    /// file does not say.
    let workMemory: UInt64

    /// - Throws: `InferenceError.modelRefused` where the file is no compiled model or cannot be read.
    init(path: String, model: String) throws(InferenceError) {
        let needed = "a model compiled for BM1684"
        guard let head = Self.head(of: path) else {
            let reason = String(cString: strerror(errno))
            throw .modelRefused(model: model, found: "a file that cannot be read (\(path): \(reason))", needed: needed)
        }
        let isModel = head.count >= Self.headerBytes && Self.word(head, 0) == Self.magic
        guard isModel, let table = FlatTable.root(of: head, at: Self.headerBytes), let chip = table.text(Field.chip)
        else {
            throw .modelRefused(model: model, found: "a file that is no compiled model (\(path))", needed: needed)
        }
        self.chip = chip
        let stages = table.tables(Field.networks).flatMap { $0.tables(Field.stages) }
        workMemory = stages.compactMap { $0.number(Field.workMemory) }.max() ?? 0
    }

    private static func head(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        let header = read(headerBytes, from: file)
        guard header.count == headerBytes else { return header }
        let size = Int(word(header, 8))
        return size <= largestHead ? header + read(size, from: file) : header
    }

    private static func read(_ count: Int, from file: UnsafeMutablePointer<FILE>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = fread(buffer.baseAddress, 1, count, file)
        }
    }

    /// - Precondition: `bytes` is a whole header.
    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) }
    }
}
