/// A block of addresses that share a prefix.
public struct Network: Hashable, Sendable, CustomStringConvertible {
    private let base: IPAddress
    private let prefixLength: Int

    /// Reads CIDR notation (`10.0.0.0/8`, `fd00::/8`); an address alone is a network of one. Bits behind the prefix are
    /// ignored.
    /// - Throws: `FetchError.badNetwork`.
    public init(_ text: String) throws(FetchError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let written = parts.first, let address = IPAddress(String(written)) else { throw .badNetwork(text: text) }
        // `::ffff:10.0.0.0/104` was read as 10.0.0.0, and its prefix is counted from the front of the longer form.
        let dropped = address.version == .v4 && written.contains(":") ? 96 : 0
        guard parts.count == 2 else {
            self.init(address, prefixLength: address.version.bitWidth)
            return
        }
        guard parts[1].utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let length = Int(parts[1]), (dropped...address.version.bitWidth + dropped).contains(length)
        else { throw .badNetwork(text: text) }
        self.init(address, prefixLength: length - dropped)
    }

    init(_ address: IPAddress, prefixLength: Int) {
        // Shifting by the whole width leaves zero: the network of every address.
        let hostBits = address.version.bitWidth - prefixLength
        base = IPAddress(version: address.version, bits: (address.bits >> hostBits) << hostBits)
        self.prefixLength = prefixLength
    }

    /// Whether the address is in it. No IPv4 address is in an IPv6 network, nor the other way round.
    public func contains(_ address: IPAddress) -> Bool {
        let hostBits = base.version.bitWidth - prefixLength
        return address.version == base.version && address.bits >> hostBits == base.bits >> hostBits
    }

    /// CIDR notation.
    public var description: String {
        "\(base)/\(prefixLength)"
    }
}
