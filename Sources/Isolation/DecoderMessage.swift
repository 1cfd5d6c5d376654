/// What the two processes say to each other, as bytes: integers one after the other, each as a processor holds it, for
/// both are the same program on the same machine.
struct DecoderMessage {
    /// A message that is shorter than what is to be read of it, or that says what cannot be.
    struct Implausible: Error {}

    /// Of an answer with the longest reason.
    static let most = 4096

    private(set) var bytes: [UInt8] = []

    /// An empty one, to write to.
    init() {}

    /// One that came, to be read from its start.
    init(received bytes: some Collection<UInt8>) {
        self.bytes = Array(bytes)
    }

    private var place = 0

    /// What is left to read.
    var rest: ArraySlice<UInt8> { bytes[place...] }

    mutating func append(_ number: Int) {
        withUnsafeBytes(of: number) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ flag: Bool) {
        append(flag ? 1 : 0)
    }

    mutating func append(contentsOf text: some Sequence<UInt8>) {
        bytes.append(contentsOf: text)
    }

    /// The next integer.
    mutating func integer(in range: ClosedRange<Int> = Int.min...Int.max) throws(Implausible) -> Int {
        let size = MemoryLayout<Int>.size
        guard bytes.count - place >= size else { throw Implausible() }
        let next = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: place, as: Int.self) }
        guard range.contains(next) else { throw Implausible() }
        place += size
        return next
    }

    /// The next integer, which says yes or no.
    mutating func flag() throws(Implausible) -> Bool {
        try integer(in: 0...1) == 1
    }
}
