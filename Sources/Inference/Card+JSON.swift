/// A card as `headcount cards --json` tells of it: one flat object, its health in it.
extension Card: Codable {
    private enum CodingKeys: String, CodingKey {
        case device, simulated, problem, serial, board, driver, troubles
        case boardNumber = "board_number"
    }

    /// - Throws: `DecodingError`, also where the device's name does not end with its number.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let device = try values.decode(String.self, forKey: .device)
        guard let index = device.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .device, in: values, debugDescription: "no number in \(device)")
        }
        self.init(index: index, device: device, simulated: try values.decode(Bool.self, forKey: .simulated))
        problem = try values.decodeIfPresent(String.self, forKey: .problem)
        serial = try values.decodeIfPresent(String.self, forKey: .serial)
        board = try values.decodeIfPresent(String.self, forKey: .board)
        boardNumber = try values.decodeIfPresent(Int.self, forKey: .boardNumber)
        driver = try values.decodeIfPresent(String.self, forKey: .driver)
        health = try CardHealth(from: decoder)
    }

    /// Writes the troubles in words too.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(device, forKey: .device)
        try values.encode(simulated, forKey: .simulated)
        try values.encodeIfPresent(problem, forKey: .problem)
        try values.encodeIfPresent(serial, forKey: .serial)
        try values.encodeIfPresent(board, forKey: .board)
        try values.encodeIfPresent(boardNumber, forKey: .boardNumber)
        try values.encodeIfPresent(driver, forKey: .driver)
        try values.encodeIfPresent(health.troubles?.words, forKey: .troubles)
        try health.encode(to: encoder)
    }
}
