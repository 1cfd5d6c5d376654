import Glibc

/// The head of a compiled model: which chip it was made for.
///
/// Read before the runtime sees the file, so that a refusal names the chip that was found. A bmodel is a header of 64
/// bytes and a flatbuffer whose fourth field is the chip's name; the runtime checks the rest.
struct BM1684ModelFile {
    static let magic: UInt32 = 0xFF55_AAEE
    private static let headerBytes = 64
    /// Position of the field `chip` in the flatbuffer's root table.
    private static let chipField = 3
    /// Far above the flatbuffer of any model: weights lie behind it.
    private static let largestHead = 1 << 24

    /// Such as `BM1684`.
    let chip: String

    /// - Throws: `InferenceError.modelRefused` where the file is no compiled model or cannot be read.
    init(path: String, model: String) throws(InferenceError) {
        let needed = "a model compiled for BM1684"
        guard let head = Self.head(of: path) else {
            let reason = String(cString: strerror(errno))
            throw .modelRefused(model: model, found: "a file that cannot be read (\(path): \(reason))", needed: needed)
        }
        guard let chip = Self.chip(in: head) else {
            throw .modelRefused(model: model, found: "a file that is no compiled model (\(path))", needed: needed)
        }
        self.chip = chip
    }

    private static func head(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        let header = read(headerBytes, from: file)
        guard let size = unsigned(header, 8), size <= largestHead else { return header }
        return header + read(Int(size), from: file)
    }

    private static func read(_ count: Int, from file: UnsafeMutablePointer<FILE>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = fread(buffer.baseAddress, 1, count, file)
        }
    }

    private static func chip(in bytes: [UInt8]) -> String? {
        guard unsigned(bytes, 0) == magic, let root = unsigned(bytes, headerBytes) else { return nil }
        let table = headerBytes + Int(root)
        // The table begins with its distance back to the list of where each field lies in it.
        guard let back = unsigned(bytes, table) else { return nil }
        let fields = table - Int(Int32(bitPattern: back))
        guard let listed = short(bytes, fields), Int(listed) >= 4 + 2 * (chipField + 1),
            let place = short(bytes, fields + 4 + 2 * chipField), place > 0,
            let distance = unsigned(bytes, table + Int(place))
        else { return nil }
        let text = table + Int(place) + Int(distance)
        guard let length = unsigned(bytes, text), length > 0, length < 64, text + 4 + Int(length) <= bytes.count
        else { return nil }
        return String(decoding: bytes[text + 4..<text + 4 + Int(length)], as: UTF8.self)
    }

    private static func unsigned(_ bytes: [UInt8], _ offset: Int) -> UInt32? {
        guard offset >= 0, offset + 4 <= bytes.count else { return nil }
        return (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * $1) }
    }

    private static func short(_ bytes: [UInt8], _ offset: Int) -> UInt16? {
        guard offset >= 0, offset + 2 <= bytes.count else { return nil }
        return UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8
    }
}
