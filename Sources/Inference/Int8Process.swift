import Concurrency
import Density
import FoundationEssentials
import Glibc

/// A quantised network in a process of its own, which `reference.py` speaks for.
///
/// On a thread of its own, since it waits for the other process.
actor Int8Process {
    /// The first line of the process.
    struct Shape: Sendable, Decodable {
        let tiles: Int
        let channels: Int
        let width: Int
        let height: Int
        let columns: Int
        let rows: Int
        /// Steps of an input byte per unit of the network's input.
        let scale: Float
        /// True where the compiler's interpreter computes, which is slow.
        let interpreted: Bool
    }

    private let executor = ThreadExecutor(name: "int8-reference")
    private let network: NetworkDescription
    /// For the network as the process unpacks it, which it reads piece by piece, and for what it says.
    private let folder: String
    private nonisolated let process = Locked<PipedProgram?>(nil)
    private var quantisation: Quantisation?
    private var codes: [Int8]

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(_ network: NetworkDescription, archive: String, toolchain: Toolchain) throws(InferenceError) {
        self.network = network
        let place = (ProgramFolders.variable("TMPDIR") ?? "/tmp") + "/headcount-int8-XXXXXX"
        var template = Array(place.utf8CString)
        guard mkdtemp(&template) != nil else {
            throw .callFailed(call: "making \(place)", model: network.name, reason: String(cString: strerror(errno)))
        }
        folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        // The last property, so that deinit takes the folder away whatever is thrown below.
        codes = [Int8](repeating: 0, count: network.tile.area * network.preprocessing.colour.channels)
        guard let file = realpath(archive, nil) else {
            throw .callFailed(call: "reading \(archive)", model: network.name, reason: String(cString: strerror(errno)))
        }
        defer { free(file) }
        let started = try PipedProgram(
            toolchain.program("reference.py") + [String(cString: file), folder], environment: toolchain.environment,
            in: "/", input: .pipe, output: .pipe, log: log)
        process.withLock { $0 = started }
    }

    deinit {
        Self.end(process, folder)
    }

    /// Waits until the network is loaded.
    func start() throws(InferenceError) -> Shape {
        guard let line = process.withLock({ $0 })?.readLine(),
            let shape = try? JSONDecoder().decode(Shape.self, from: Data(line))
        else {
            throw .modelRefused(
                model: network.name, found: "a file that reference.py does not compute (\(lastWords()))",
                needed: "an archive that headcount model build kept")
        }
        quantisation = Quantisation(network.preprocessing, inputScale: shape.scale)
        return shape
    }

    /// The network's output for a tile, before its density scale.
    func output(of tile: Tile, cells: Int) throws(InferenceError) -> [Float] {
        guard let process = process.withLock({ $0 }), let quantisation else { throw .closed(device: "cpu") }
        codes.withUnsafeMutableBytes { PlainPacking(tile: tile.size).pack([tile], with: quantisation, into: $0) }
        var answered = codes.withUnsafeBytes { process.write($0) }
        let output = [Float](unsafeUninitializedCapacity: cells) { buffer, count in
            answered = answered && process.read(into: UnsafeMutableRawBufferPointer(buffer))
            count = answered ? cells : 0
        }
        guard answered else { throw .deviceFailed(device: "the INT8 reference", reason: lastWords()) }
        return output
    }

    func checkOpen() throws(InferenceError) {
        if process.withLock({ $0 == nil }) { throw .closed(device: "cpu") }
    }

    func close() {
        Self.end(process, folder)
    }

    /// The process first: it might write there still. It cleans up by itself only where this program is gone.
    private static func end(_ process: Locked<PipedProgram?>, _ folder: String) {
        process.withLock { $0 = nil }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Ends the process while it may be waited for: what is under way fails, and nothing more is computed.
    nonisolated func abort() {
        process.withLock { $0 }?.kill()
    }

    private nonisolated var log: String { folder + "/log" }

    /// What the process wrote last, for a message.
    private func lastWords() -> String {
        guard let file = fopen(log, "re") else { return "it says nothing" }
        defer { fclose(file) }
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 14)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 {
            content = Array((content + piece[..<count]).suffix(1 << 14))
        }
        let lines = content.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        return lines.last.map { String(decoding: $0, as: UTF8.self) } ?? "it says nothing"
    }
}
