import CSophon

/// The cards of this host.
public struct SophonInventory: Sendable {
    private let library: SophonLibrary

    /// The cards that `library` sees.
    public init(_ library: SophonLibrary) {
        self.library = library
    }

    /// How many there are.
    /// - Throws: `InferenceError.deviceFailed` where the library cannot tell.
    public func count() throws(InferenceError) -> Int {
        var count: Int32 = 0
        var thrown = sophon_exception()
        let status = SophonStatus(code: sophon_count(library.device.count, &count, &thrown))
        guard status.isSuccess else {
            throw .deviceFailed(device: "bm1684", reason: "the cards cannot be counted: \(status.words(thrown))")
        }
        return Int(max(0, count))
    }

    /// What an engine on a card will be, before any network is loaded.
    /// - Throws: `InferenceError.deviceFailed` where there is no such card.
    public func identity(ofCard index: Int) throws(InferenceError) -> EngineIdentity {
        let count = try count()
        guard (0..<count).contains(index) else {
            throw .deviceFailed(
                device: library.deviceName(index), reason: "there is no such card, this host has \(count)")
        }
        return EngineIdentity(
            kind: .bm1684, device: library.deviceName(index), version: library.version,
            simulated: library.isSimulator)
    }

    /// Opens every card for a moment and reads what it tells; one that cannot be opened says why.
    /// - Throws: `InferenceError.deviceFailed` where the library cannot count its cards.
    public func cards() throws(InferenceError) -> [Card] {
        (0..<(try count())).map { index in
            var card = Card(index: index, device: library.deviceName(index), simulated: library.isSimulator)
            do throws(InferenceError) {
                try SophonDevice(library, index: index).describe(&card)
            } catch {
                card.problem = error.description
            }
            return card
        }
    }
}
