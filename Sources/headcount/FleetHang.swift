import Terminal

/// What `headcount bench fleet --hang` saw of the card that hung.
struct FleetHang: Encodable {
    /// From the launch that hung to the card's quarantine.
    let detectedSeconds: Double
    /// From there until the others had counted what it held.
    let recountedSeconds: Double
    /// Images that it held.
    let images: Int
    /// What the other cards counted between hang and quarantine, as a share of what they could.
    let siblings: Double

    private enum CodingKeys: String, CodingKey {
        case images, siblings
        case detectedSeconds = "detected_seconds"
        case recountedSeconds = "recounted_seconds"
    }

    var text: String {
        """
        the card that hung was kept out of work after \(Numbers.fixed(detectedSeconds, digits: 1)) s, the others had \
        counted its \(images) pictures \(Numbers.fixed(recountedSeconds, digits: 1)) s later
        meanwhile they did \(Numbers.fixed(siblings * 100, digits: 1)) % of what they could

        """
    }
}
