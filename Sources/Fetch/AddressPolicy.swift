/// Which addresses may be connected to: the public ones, and those in networks that were allowed.
///
/// The special blocks are those of the IANA special-purpose address registries for IPv4 and IPv6, with the addresses at
/// which clouds serve the credentials of a machine. Forms of IPv6 that carry an IPv4 address are judged by it where
/// they are in use (NAT64's well-known prefix, ISATAP) and refused as a whole where they are not (6to4, Teredo,
/// IPv4-compatible).
public struct AddressPolicy: Sendable {
    private let allowed: [Network]

    /// Refuses every special address but those in `allowed`.
    public init(allowing allowed: [Network] = []) {
        self.allowed = allowed
    }

    /// What kind of address it is, such as "a loopback address", where it may not be connected to; `nil` where it may.
    public func refusal(of address: IPAddress) -> String? {
        allowed.contains { $0.contains(address) } ? nil : Self.specialKind(of: address)
    }

    private static func specialKind(of address: IPAddress) -> String? {
        switch address.version {
        case .v4:
            return v4Blocks.first { $0.network.contains(address) }?.kind
        case .v6:
            if let block = v6Blocks.first(where: { $0.network.contains(address) }) { return block.kind }
            if let (embedded, form) = embeddedAddress(in: address) {
                return specialKind(of: embedded).map { "\(form) of \(embedded), \($0)" }
            }
            return globalUnicast.contains(address) ? nil : "outside the public addresses of IPv6"
        }
    }

    private static func embeddedAddress(in address: IPAddress) -> (IPAddress, form: String)? {
        let embedded = IPAddress(version: .v4, bits: address.bits & 0xffff_ffff)
        // RFC 6052: the last 32 bits of 64:ff9b::/96.
        if address.bits >> 32 == 0x0064_ff9b << 64 { return (embedded, "the NAT64 form") }
        // RFC 5214: an interface identifier of 0000:5efe or 0200:5efe and the IPv4 address.
        if address.bits >> 32 & 0xfdff_ffff == 0x5efe { return (embedded, "the ISATAP form") }
        return nil
    }

    private static let globalUnicast = v6(0x2000 << 48, 3)

    private static let v4Blocks: [(network: Network, kind: String)] = [
        (v4(127, 0, 0, 0, 8), "a loopback address"),
        (v4(10, 0, 0, 0, 8), "a private address"),
        (v4(172, 16, 0, 0, 12), "a private address"),
        (v4(192, 168, 0, 0, 16), "a private address"),
        (v4(169, 254, 169, 254, 32), "a cloud's metadata address"),
        (v4(168, 63, 129, 16, 32), "a cloud's metadata address"),
        (v4(169, 254, 0, 0, 16), "a link-local address"),
        (v4(100, 64, 0, 0, 10), "an address shared by a provider's customers"),
        (v4(0, 0, 0, 0, 8), "an unspecified address"),
        (v4(192, 0, 0, 0, 24), "reserved for protocols"),
        (v4(192, 0, 2, 0, 24), "reserved for documentation"),
        (v4(198, 51, 100, 0, 24), "reserved for documentation"),
        (v4(203, 0, 113, 0, 24), "reserved for documentation"),
        (v4(192, 88, 99, 0, 24), "a 6to4 relay"),
        (v4(198, 18, 0, 0, 15), "reserved for benchmarks"),
        (v4(224, 0, 0, 0, 4), "a multicast address"),
        (v4(255, 255, 255, 255, 32), "the broadcast address"),
        (v4(240, 0, 0, 0, 4), "a reserved address"),
    ]

    private static let v6Blocks: [(network: Network, kind: String)] = [
        (Network(IPAddress(version: .v6, bits: 1), prefixLength: 128), "a loopback address"),
        (Network(IPAddress(version: .v6, bits: 0), prefixLength: 128), "an unspecified address"),
        (Network(IPAddress(version: .v6, bits: 0), prefixLength: 96), "an IPv4-compatible address"),
        (v6(0x0064_ff9b_0001 << 16, 48), "a NAT64 address of a local network"),
        (v6(0x2002 << 48, 16), "a 6to4 address"),
        (v6(0x2001_0000 << 32, 32), "a Teredo address"),
        (v6(0x2001_0db8 << 32, 32), "reserved for documentation"),
        (v6(0x3fff << 48, 20), "reserved for documentation"),
        (v6(0x2001 << 48, 23), "reserved for protocols"),
        (v6(0xfc00 << 48, 7), "a private address"),
        (v6(0xfe80 << 48, 10), "a link-local address"),
        (v6(0xfec0 << 48, 10), "a site-local address"),
        (v6(0xff00 << 48, 8), "a multicast address"),
    ]

    private static func v4(_ a: UInt128, _ b: UInt128, _ c: UInt128, _ d: UInt128, _ length: Int) -> Network {
        Network(IPAddress(version: .v4, bits: a << 24 | b << 16 | c << 8 | d), prefixLength: length)
    }

    /// - Parameter front: the first 64 bits; the others are zero.
    private static func v6(_ front: UInt64, _ length: Int) -> Network {
        Network(IPAddress(version: .v6, bits: UInt128(front) << 64), prefixLength: length)
    }
}
