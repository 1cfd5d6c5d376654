import Fetch
import Testing

@Suite struct AddressPolicyTests {
    @Test("A special address is refused", arguments: special)
    func specialAddressIsRefused(_ text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressPolicy().refusal(of: address) != nil)
    }

    @Test("A public address is not refused", arguments: ordinary)
    func publicAddressIsNotRefused(_ text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(AddressPolicy().refusal(of: address) == nil)
    }

    @Test("An allowed network lets its addresses through and no others")
    func allowedNetworkIsExact() throws {
        let policy = AddressPolicy(allowing: [try Network("10.1.0.0/16"), try Network("fd12::/16")])
        func refused(_ text: String) throws -> Bool {
            policy.refusal(of: try #require(IPAddress(text))) != nil
        }
        #expect(try !refused("10.1.2.3"))
        #expect(try !refused("::ffff:10.1.2.3"))
        #expect(try refused("10.2.0.0"))
        #expect(try !refused("fd12::1"))
        #expect(try refused("fd13::1"))
        // Allowing an address does not allow what carries it.
        #expect(try refused("64:ff9b::10.1.2.3"))
        #expect(try refused("::10.1.2.3"))
    }

    @Test("The reason names what a NAT64 address stands for")
    func reasonNamesTheEmbeddedAddress() throws {
        let address = try #require(IPAddress("64:ff9b::a9fe:a9fe"))
        let kind = try #require(AddressPolicy().refusal(of: address))
        #expect(kind == "the NAT64 form of 169.254.169.254, a cloud's metadata address")
    }

    private static let special = [
        // Loopback, unspecified, private, shared, link-local
        "127.0.0.1", "127.0.0.53", "127.255.255.255", "0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255",
        "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255", "100.64.0.0", "100.127.255.255",
        "169.254.0.1", "169.254.255.255",
        // Metadata of clouds
        "169.254.169.254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254",
        // Protocols, documentation, benchmarks, relays
        "192.0.0.0", "192.0.0.255", "192.0.2.1", "198.51.100.1", "203.0.113.255", "192.88.99.1", "198.18.0.0",
        "198.19.255.255",
        // Multicast, reserved, broadcast
        "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.254", "255.255.255.255",
        // IPv6's own
        "::", "::1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fdff:ffff::1", "ff02::1", "ff0e::1", "2001:db8::1",
        "3fff::1", "3fff:fff::1", "100::1", "2001:2::1", "2001:10::1", "2001:20::1", "5f00::1", "4000::1", "::2",
        "1::1",
        // IPv4 within IPv6
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "0:0:0:0:0:ffff:7f00:1",
        "::127.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1",
        "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8", "64:ff9b:1:a9fe:a9fe::", "2002:7f00:1::", "2002:a00:1::1",
        "2002:808:808::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1", "2a00:1450::5efe:10.0.0.1",
        "2a00:1450::200:5efe:127.0.0.1", "fe80::5efe:8.8.8.8",
    ]

    private static let ordinary = [
        "8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
        "192.0.1.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
        "2606:4700::1111", "2a00:1450:4001::200e", "2001:200::1", "2003::1", "3ffe::1", "2a00:1450::5efe:8.8.8.8",
    ]
}
