import Fetch
import Testing

@Suite struct NetworkTests {
    @Test func aNetworkContainsWhatSharesItsPrefix() throws {
        let network = try Network("10.0.0.0/8")
        #expect(network.contains(try #require(IPAddress("10.255.255.255"))))
        #expect(!network.contains(try #require(IPAddress("11.0.0.0"))))
    }
}
