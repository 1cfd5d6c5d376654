import Density
import Testing

@testable import Inference

struct BatchQueueTests {
    private static let tile = Tile(
        Picture(size: PixelSize(width: 1, height: 1), colour: PixelColour(red: 0, green: 0, blue: 0)))
    private let start = ContinuousClock.now

    private func queue(lanes: Int = 4, launches: Int = 2, linger: Duration = .milliseconds(50)) -> BatchQueue {
        BatchQueue(lanes: lanes, launchesAtOnce: launches, linger: linger)
    }

    private func add(_ tiles: Int, of picture: UInt64, to queue: inout BatchQueue, after delay: Duration = .zero) {
        queue.add(Array(repeating: Self.tile, count: tiles), of: picture, at: start + delay)
    }

    /// The places of a launch as `picture.index`; `nil` where none is due.
    private func launch(_ queue: inout BatchQueue, after delay: Duration = .zero) -> [String]? {
        guard case .launch(let entries) = queue.next(at: start + delay) else { return nil }
        return entries.map { "\($0.picture).\($0.index)" }
    }

    @Test("a launch is filled with tiles of several pictures, in the order they came")
    func fills() {
        var queue = queue()
        add(3, of: 1, to: &queue)
        add(3, of: 2, to: &queue)
        #expect(launch(&queue) == ["1.0", "1.1", "1.2", "2.0"])
        #expect(queue.count == 2)
        #expect(queue.running == 1)
    }

    @Test("no more launches are made than keep the device busy")
    func bounded() {
        var queue = queue(launches: 2)
        for picture in 1...4 { add(4, of: UInt64(picture), to: &queue) }
        #expect(launch(&queue) != nil)
        #expect(launch(&queue) != nil)
        #expect(launch(&queue) == nil)
        queue.finish()
        #expect(launch(&queue) == ["3.0", "3.1", "3.2", "3.3"])
    }

    @Test("a short launch is due when its oldest tile has waited, and not before")
    func lingers() {
        var queue = queue()
        add(2, of: 1, to: &queue)
        add(1, of: 2, to: &queue, after: .milliseconds(40))
        guard case .wait(let due) = queue.next(at: start + .milliseconds(49)) else {
            Issue.record("a short launch was made too early")
            return
        }
        #expect(due == start + .milliseconds(50))
        #expect(launch(&queue, after: .milliseconds(50)) == ["1.0", "1.1", "2.0"])
    }

    @Test("a short launch waits longer while pictures are on their way, but not for ever")
    func waitsForWhatComes() {
        var queue = queue()
        queue.coming = 1
        add(1, of: 1, to: &queue)
        #expect(launch(&queue, after: .milliseconds(900)) == nil)
        #expect(launch(&queue, after: .seconds(1)) == ["1.0"])
    }

    @Test("while the device is busy nothing but a full launch is made")
    func busy() {
        var queue = queue()
        add(5, of: 1, to: &queue)
        #expect(launch(&queue)?.count == 4)
        #expect(launch(&queue, after: .seconds(60)) == nil)
        add(3, of: 2, to: &queue, after: .seconds(60))
        #expect(launch(&queue, after: .seconds(60)) == ["1.4", "2.0", "2.1", "2.2"])
    }

    @Test("the tiles of a picture that is withdrawn leave their places to others")
    func withdrawn() {
        var queue = queue()
        add(2, of: 1, to: &queue)
        add(2, of: 2, to: &queue)
        queue.withdraw(1)
        #expect(queue.count == 2)
        #expect(launch(&queue) == nil)
        add(2, of: 3, to: &queue)
        #expect(launch(&queue) == ["2.0", "2.1", "3.0", "3.1"])
    }

    @Test("where launches are of one tile, each is full")
    func singleLanes() {
        var queue = queue(lanes: 1, launches: 3)
        add(2, of: 1, to: &queue)
        #expect(launch(&queue) == ["1.0"])
        #expect(launch(&queue) == ["1.1"])
        #expect(launch(&queue) == nil)
    }
}
