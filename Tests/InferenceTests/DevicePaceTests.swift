import Testing

@testable import Inference

struct DevicePaceTests {
    @Test("a device that slows down is followed within a minute of its work, however long it was fast")
    func followed() throws {
        var pace = DevicePace()
        #expect(pace.tilesPerSecond() == nil)
        for _ in 0..<100_000 { pace.add(tiles: 4, busy: .milliseconds(50)) }
        #expect(abs(try #require(pace.tilesPerSecond()) - 80) < 0.01)
        for _ in 0..<600 { pace.add(tiles: 4, busy: .milliseconds(100)) }
        #expect((40...44).contains(try #require(pace.tilesPerSecond())))
    }

    @Test("the time of what has not ended counts, so that a device that hangs is no fast one")
    func underWay() {
        var pace = DevicePace()
        pace.add(tiles: 4, busy: .seconds(1))
        #expect(pace.tilesPerSecond(after: .seconds(3)) == 1)
        pace.add(tiles: 0, busy: .seconds(3))
        #expect(pace.tilesPerSecond() == 1)
    }
}
