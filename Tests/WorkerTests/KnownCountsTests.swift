import Archive
import Density
import Digest
import Testing

@testable import Worker

struct KnownCountsTests {
    private func key(_ number: Int, model: String = "m", plan: TilePlan = .native) throws -> KnownCounts.Key {
        KnownCounts.Key(model: model, plan: plan, picture: try SHA256Digest(of: Array("\(number)".utf8)))
    }

    private func known(_ people: Int) -> KnownCount {
        KnownCount(
            count: Double(people), tiles: 1, width: 1, height: 1, source: CountSource(run: 1, image: people))
    }

    @Test("a count is known for its bytes, its model and its plan alone")
    func keys() throws {
        let counts = KnownCounts(capacity: 10)
        counts.note(known(5), of: try key(1))
        #expect(counts.count(of: try key(1)) == known(5))
        #expect(counts.count(of: try key(2)) == nil)
        #expect(counts.count(of: try key(1, model: "other")) == nil)
        #expect(counts.count(of: try key(1, plan: .auto)) == nil)
    }

    @Test("what comes from one image is forgotten, and may be noted anew")
    func forgotten() throws {
        let counts = KnownCounts(capacity: 2)
        for number in 1...2 { counts.note(known(number), of: try key(number)) }
        counts.forget(from: CountSource(run: 1, image: 1))
        #expect(counts.count(of: try key(1)) == nil)
        #expect(counts.count(of: try key(2)) == known(2))
        counts.note(known(3), of: try key(1))
        #expect(counts.count(of: try key(1)) == known(3))
    }

    @Test("the oldest give way to the newest, and never more are kept than there is room for")
    func bounded() throws {
        let counts = KnownCounts(capacity: 3)
        for number in 0..<10 {
            counts.note(known(number), of: try key(number))
            counts.note(known(number), of: try key(number))
            for earlier in 0...number {
                #expect((counts.count(of: try key(earlier)) != nil) == (earlier > number - 3))
            }
        }
        let none = KnownCounts(capacity: 0)
        none.note(known(1), of: try key(1))
        #expect(none.count(of: try key(1)) == nil)
    }
}
