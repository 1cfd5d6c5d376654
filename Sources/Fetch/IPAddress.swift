public import Glibc

/// An IPv4 or IPv6 address.
///
/// An IPv4 address in its IPv6-mapped form (`::ffff:a.b.c.d`) is read as the IPv4 address: that is what the system
/// connects to.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The two versions of the protocol.
    public enum Version: Sendable {
        case v4
        case v6

        var bitWidth: Int { self == .v4 ? 32 : 128 }
    }

    /// Which protocol it is an address of.
    public let version: Version

    /// In the host's byte order; an IPv4 address stands in the lowest 32 bits.
    let bits: UInt128

    init(version: Version, bits: UInt128) {
        let isMapped = version == .v6 && bits >> 32 == 0xffff
        self.version = isMapped ? .v4 : version
        self.bits = isMapped ? bits & 0xffff_ffff : bits
    }

    /// Reads the usual written forms, dotted decimal with four parts or IPv6, and no others.
    public init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        if inet_pton(AF_INET, text, &v4) == 1 {
            self.init(v4)
        } else if inet_pton(AF_INET6, text, &v6) == 1 {
            self.init(v6)
        } else {
            return nil
        }
    }

    /// Reads a socket address; `nil` where it is neither IPv4 nor IPv6.
    ///
    /// The pointer must lead to the whole of a `sockaddr_in` or `sockaddr_in6`, as its family says.
    public init?(_ address: UnsafePointer<sockaddr>) {
        switch Int32(address.pointee.sa_family) {
        case AF_INET: self.init(UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self).sin_addr)
        case AF_INET6: self.init(UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self).sin6_addr)
        default: return nil
        }
    }

    /// The canonical written form.
    public var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        switch version {
        case .v4:
            var address = in_addr(s_addr: UInt32(truncatingIfNeeded: bits).bigEndian)
            inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
        case .v6:
            var address = bits.bigEndian
            inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private init(_ address: in_addr) {
        self.init(version: .v4, bits: UInt128(UInt32(bigEndian: address.s_addr)))
    }

    private init(_ address: in6_addr) {
        self.init(
            version: .v6, bits: withUnsafeBytes(of: address) { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) })
    }
}
