import Terminal

/// What `headcount bench fleet` measured.
struct FleetReport: Encodable {
    let command = "bench fleet"
    let engine = "simulated"
    let simulated = true
    let version = Version.current
    let cores: Int
    let cards: Int
    let images: Int
    let imagesPerSecond: Double
    /// Images per second over the whole run, as a share of what the cards could do.
    let efficiency: Double
    /// Time of the whole run as a multiple of what the cards could do it in.
    let makespanToIdeal: Double
    /// Claims from the release of the run to its end, those that brought nothing included.
    let claimsPerImage: Double
    /// The most that were open at once, without those of the bench itself.
    let connections: Int
    let processes: Int
    /// The largest share of the run that any card had nothing to compute.
    let idleShare: Double
    /// Where a card was made to hang.
    var hang: FleetHang?

    private enum CodingKeys: String, CodingKey {
        case command, engine, simulated, version, cores, cards, images, efficiency, connections, processes, hang
        case imagesPerSecond = "images_per_second"
        case makespanToIdeal = "makespan_to_ideal"
        case claimsPerImage = "claims_per_image"
        case idleShare = "idle_share"
    }

    var text: String {
        let percent = { (part: Double) in Numbers.fixed(part * 100, digits: 1) + " %" }
        return """
            \(cards) simulated cards: \(Numbers.fixed(imagesPerSecond, digits: 1)) pictures/s, \(percent(efficiency)) \
            of what they could do
            the whole run took \(Numbers.fixed(makespanToIdeal, digits: 3)) times as long as it could, no card was \
            idle for more than \(percent(idleShare))
            \(Numbers.fixed(claimsPerImage, digits: 4)) claims a picture, \(connections) connections of \
            \(processes) processes
            \(hang?.text ?? "")
            """
    }
}
