/// One BM1684 chip as the runtime numbers it.
public struct Card: Sendable, Hashable {
    /// The runtime's number, from 0.
    public let index: Int
    /// As results name it, such as `bm1684:0`.
    public let device: String
    /// True where it is the vendor's simulator.
    public let simulated: Bool
    /// Why it cannot be used; `nil` where it can.
    public var problem: String?
    /// Of the chip.
    public var serial: String?
    /// Name of the board that holds it, such as `1684-SC5+`.
    public var board: String?
    /// Number of the board; chips of one board share it.
    public var boardNumber: Int?
    /// Of the kernel driver, such as `0.5.1`.
    public var driver: String?
    /// How it is.
    public var health = CardHealth()

    /// A card of which nothing more is known.
    public init(index: Int, device: String, simulated: Bool) {
        self.index = index
        self.device = device
        self.simulated = simulated
    }
}
