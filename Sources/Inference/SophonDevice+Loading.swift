import CSophon

extension SophonDevice {
    /// Finds out whether it is the card that keeps a file from being loaded: the runtime, which has refused the file, tells
    /// its caller nothing of why.
    ///
    /// A card is at fault that is in trouble, that does not give back what is copied to it, or that has no room.
    /// - Parameter memory: what the file takes of the card.
    /// - Throws: `InferenceError.deviceFailed` where it is the card; `.modelRefused` where the file takes more than an empty
    ///   card has.
    func checkBears(_ memory: BM1684ModelFile.Memory, of model: String) throws(InferenceError) {
        let health = health()
        let troubles = health.troubles ?? []
        if troubles.contains(.hang) { throw .deviceFailed(device: name, reason: "it hangs") }
        if troubles.contains(.link) { throw .deviceFailed(device: name, reason: "it has lost its link") }
        try checkCopies()
        let most = health.memoryTotal ?? BM1684ModelFile.chipMemory
        guard memory.total <= most, memory.pieces.allSatisfy({ $0 <= UInt32.max }) else {
            throw .modelRefused(
                model: model, found: "\(memory.total) bytes for the card's memory", needed: "at most \(most)")
        }
        var held: [sophon_memory] = []
        defer { held.forEach(free) }
        for piece in memory.pieces where piece > 0 { held.append(try allocate(piece)) }
    }

    /// A link that is down may answer all ones, with success.
    private func checkCopies() throws(InferenceError) {
        let buffer = StagingBuffer(inputBytes: 64, outputBytes: 64)
        for place in buffer.input.indices { buffer.input[place] = UInt8(place) }
        let memory = try allocate(buffer.input.count)
        defer { free(memory) }
        try copyIn(buffer.input, to: memory)
        try copyOut(memory, to: buffer.output)
        guard buffer.output.elementsEqual(buffer.input) else {
            throw .deviceFailed(device: name, reason: "it does not give back what is copied to it")
        }
    }
}
