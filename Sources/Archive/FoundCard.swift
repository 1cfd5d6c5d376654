/// A card as its host found it: an element of what `headcount.record_cards()` takes.
public struct FoundCard: Sendable, Hashable, Encodable {
    /// Device, such as `bm1684:0`.
    public var name: String
    /// `openvino`, `bm1684` or `simulated`.
    public var engine: String
    /// The runtime's number.
    public var number: Int
    /// True where no real device computes.
    public var simulated: Bool
    /// Workers it is to have at first; people change it later.
    public var workers: Int
    /// Between how many workers the leader may choose, as an `int4range`; `nil` where people choose.
    public var autoscale: String?
    /// Serial number of its board.
    public var serial: String?
    /// Place among the chips of one serial number.
    public var chip: Int?
    /// Name of its board.
    public var board: String?
    /// Number of its board.
    public var boardNumber: Int?
    /// Version of the kernel driver.
    public var driver: String?
    /// Memory of the device.
    public var memoryBytes: Int?
    /// Why the runtime cannot open it.
    public var problem: String?

    private enum CodingKeys: String, CodingKey {
        case name, engine, number, simulated, workers, autoscale, serial, chip, board, driver, problem
        case boardNumber = "board_number"
        case memoryBytes = "memory_bytes"
    }

    /// A card of which nothing more is known.
    public init(name: String, engine: String, number: Int, simulated: Bool, workers: Int = 1) {
        self.name = name
        self.engine = engine
        self.number = number
        self.simulated = simulated
        self.workers = workers
    }
}
