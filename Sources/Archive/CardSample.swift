/// How a card did over some seconds: a row of `headcount.card_samples`.
public struct CardSample: Sendable, Hashable {
    /// The card.
    public var card: Int
    /// Length of the time it is about.
    public var seconds: Double
    /// Worker processes at its end.
    public var workers: Int
    /// Images they counted.
    public var images = 0
    /// Tiles that were computed.
    public var tiles = 0
    /// Milliseconds that the device had something to compute, summed over the workers.
    public var busyMilliseconds = 0
    /// Places for tiles in their launches that held none.
    public var emptyLanes = 0
    /// What the driver last told of the card in that time.
    public var readings = CardReadings()

    /// A time in which nothing was done.
    public init(card: Int, seconds: Double, workers: Int) {
        self.card = card
        self.seconds = seconds
        self.workers = workers
    }
}
