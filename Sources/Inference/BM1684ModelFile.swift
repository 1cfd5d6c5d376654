import Glibc

/// The head of a compiled model: which chip it was made for, what it takes of the chip's memory, its numbers' types, and
/// the digest of its weights.
///
/// Read before the runtime sees the file, so that a refusal names what was found. A bmodel is a header of 64 bytes, a
/// flatbuffer, and the weights and commands it points to; the runtime checks the rest.
public struct BM1684ModelFile: Sendable, Hashable {
    /// What a model takes of a card's memory while it is loaded, in bytes.
    public struct Memory: Sendable, Hashable {
        /// Its weights.
        public let weights: Int
        /// The chip's commands.
        public let commands: Int
        /// What lies between its operators.
        public let work: Int
        /// Its inputs and outputs, for all tiles of a launch.
        public let tensors: Int

        /// The same beside a network whose work memory it uses.
        public var withoutWork: Memory { Memory(weights: weights, commands: commands, work: 0, tensors: tensors) }
        var pieces: [Int] { [weights, commands, work, tensors] }

        /// All of it; the largest number where it is beyond that.
        public var total: Int {
            pieces.reduce(0) { sum, bytes in
                let (total, overflow) = sum.addingReportingOverflow(bytes)
                return overflow ? .max : total
            }
        }
    }

    /// What the numbers of one input or output mean; its shape is the runtime's to tell.
    public struct Tensor: Sendable, Hashable {
        /// The vendor's number of the type: 0 for single precision, 2 for int8, 3 for uint8.
        public let type: UInt32
        /// Of an input, steps per unit; of an output, units per step. 1 for numbers in single precision.
        public let scale: Float
        /// How tiles lie in memory, in the vendor's number: 0 one after the other, 2 four to a word (4N).
        public let storeMode: UInt32
    }

    /// Memory of one BM1684, of which the runtime and the operating system of the board need some, in bytes.
    ///
    /// The vendor's cards have more, in several heaps; about this much of it is one chip's to use.
    public static let chipMemory = 7_000_000_000

    static let magic: UInt32 = 0xFF55_AAEE
    private static let headerBytes = 64
    /// Far above the flatbuffer of any model: weights lie behind it.
    private static let largestHead = 1 << 24

    /// Such as `BM1684`.
    public let chip: String
    /// Of its networks, of which most files have one.
    public let memory: Memory
    /// Of the first network and its first stage: stages are shapes of the same tensors.
    public let inputs: [Tensor]
    /// The same for the outputs.
    public let outputs: [Tensor]
    /// Of the weights of that stage, as the compiler wrote it: SHA-256. Empty where it wrote none.
    public let weightsDigest: [UInt8]

    /// - Throws: `InferenceError.modelRefused` where the file is no compiled model or cannot be read.
    public init(path: String, model: String) throws(InferenceError) {
        let needed = "a model compiled for BM1684"
        guard let head = Self.head(of: path) else {
            let reason = String(cString: strerror(errno))
            throw .modelRefused(model: model, found: "a file that cannot be read (\(path): \(reason))", needed: needed)
        }
        guard FlatTable.unsigned(head, 0) == Self.magic,
            let root = FlatTable(rootOf: head, at: Self.headerBytes), let chip = root.text(ModelField.chip),
            !chip.isEmpty
        else {
            throw .modelRefused(model: model, found: "a file that is no compiled model (\(path))", needed: needed)
        }
        self.chip = chip
        memory = Memory(of: root)
        let stage = root.tables(ModelField.networks).first?.tables(StageField.stages).first
        inputs = stage?.tables(StageField.inputs).map(Tensor.init(of:)) ?? []
        outputs = stage?.tables(StageField.outputs).map(Tensor.init(of:)) ?? []
        weightsDigest = stage?.table(StageField.weights)?.bytes(WeightsField.digest) ?? []
    }

    private static func head(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        let header = read(headerBytes, from: file)
        guard let size = FlatTable.unsigned(header, 8), size <= largestHead else { return header }
        return header + read(Int(size), from: file)
    }

    private static func read(_ count: Int, from file: UnsafeMutablePointer<FILE>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = fread(buffer.baseAddress, 1, count, file)
        }
    }
}

/// Numbers of fields in the schema of compiled models.
private enum ModelField {
    static let chip = 3
    static let networks = 4
}

/// The same of a network, `stages`, and of a stage, all else.
private enum StageField {
    static let stages = 3
    static let inputs = 0
    static let outputs = 1
    static let work = 3
    static let weights = 4
    static let commands = 8
    static let parts = 12
}

/// The same of a stage's weights.
private enum WeightsField {
    static let digest = 1
    static let place = 2
}

/// The same of an input or output.
private enum TensorField {
    static let type = 1
    static let storeMode = 2
    static let size = 4
    static let scale = 7
}

extension BM1684ModelFile.Tensor {
    /// What a flatbuffer leaves out is the schema's default: single precision, the scale 1, and tiles one after the
    /// other.
    fileprivate init(of table: FlatTable) {
        let type = table.word(TensorField.type) ?? 0
        self.type = type
        scale = type == 0 ? 1 : table.word(TensorField.scale).map(Float.init(bitPattern:)) ?? 1
        storeMode = table.word(TensorField.storeMode) ?? 0
    }
}

extension BM1684ModelFile.Memory {

    fileprivate init(of root: FlatTable) {
        let stages = root.tables(ModelField.networks).flatMap { $0.tables(StageField.stages) }
        weights = Self.sum(stages.map { $0.table(StageField.weights)?.size(ofPlace: WeightsField.place) })
        commands = Self.sum(stages.flatMap(Self.commandSizes))
        // Stages are shapes of one network: one is computed at a time.
        work = stages.map { Self.sum([$0.number(StageField.work)]) }.max() ?? 0
        tensors = stages.map(Self.tensorSize).max() ?? 0
    }

    private static func commandSizes(_ stage: FlatTable) -> [UInt64?] {
        let parts = stage.tables(StageField.parts)
        let groups = parts.isEmpty ? stage.tables(StageField.commands) : parts.flatMap { $0.tables(1) }
        return groups.flatMap { [$0.size(ofPlace: 2), $0.size(ofPlace: 3)] }
    }

    private static func tensorSize(_ stage: FlatTable) -> Int {
        sum((stage.tables(StageField.inputs) + stage.tables(StageField.outputs)).map { $0.number(TensorField.size) })
    }

    /// What a damaged file claims may be beyond any number.
    private static func sum(_ sizes: [UInt64?]) -> Int {
        sizes.reduce(0) { sum, size in
            let (total, overflow) = sum.addingReportingOverflow(Int(clamping: size ?? 0))
            return overflow ? .max : total
        }
    }
}
