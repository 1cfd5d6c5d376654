import Archive
import Density
import Digest
import Postgres
import TestSupport
import Testing

@Suite struct StoredDensityTests {
    @Test(
        "the sum of a stored map is the count, within one quantum, whatever its size",
        arguments: [(4, 3), (128, 128), (144, 192), (129, 500), (1, 1000)])
    func sums(width: Int, height: Int) {
        let size = PixelSize(width: width, height: height)
        var noise = Noise(seed: 7)
        let map = DensityMap(size: size, cells: (0..<size.area).map { _ in Float(noise.next() % 1000) / 4000 })
        let stored = StoredDensity(map)
        #expect(stored.columns == min(width, 128) && stored.rows == min(height, 128))
        #expect(abs(stored.map.count - map.count) <= Double(stored.quantum))
        // The upper half too: rounding does not wander.
        let half = stored.cells.prefix(stored.columns * (stored.rows / 2))
        let people = half.reduce(0) { $0 + Double($1) } * Double(stored.quantum)
        let expected = upperPart(of: map, share: Double(stored.rows / 2) / Double(stored.rows))
        #expect(abs(people - expected) <= Double(stored.quantum) + expected * 1e-6)
    }

    @Test("an empty map, and one with cells below zero, can be stored")
    func odd() {
        let size = PixelSize(width: 2, height: 2)
        #expect(StoredDensity(DensityMap(size: size, cells: [0, 0, 0, 0])).cells == [0, 0, 0, 0])
        let stored = StoredDensity(DensityMap(size: size, cells: [-1, 3, 1, 0]))
        #expect(abs(stored.map.count - 3) < 0.02)
    }

    @Test("people in a box are counted in pixels of the picture, cells at its edge by their part")
    func boxes() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 2)
            let worker = try await archive.registerTestWorker()
            let shard = try #require(try await archive.claim(worker: worker, lease: .seconds(600), images: 2).first)
            // Four cells over a picture of 640x480: 1 person top left, 2 top right, 3 and 4 below.
            let map = DensityMap(size: PixelSize(width: 2, height: 2), cells: [1, 2, 3, 4])
            let count = CountResult(
                image: 1, count: 10, tiles: 1, width: 640, height: 480, pictureDigest: try SHA256Digest(of: [1]),
                pictureBytes: 1, times: StepTimes(fetch: .zero, decode: .zero, infer: .zero),
                density: StoredDensity(map))
            #expect(
                try await archive.record([count, .test(2)], [], of: shard.lease, worker: worker, finish: true)?
                    .lastImage == 0)
            func people(_ x0: Int, _ y0: Int, _ x1: Int, _ y1: Int) async throws -> Double? {
                try await connection.query(
                    "SELECT headcount.count_in_box(1, 1, $1, $2, $3, $4) AS n",
                    [Double(x0), Double(y0), Double(x1), Double(y1)]
                ).first?.decode(Double?.self, "n")
            }
            let quantum = 4.0 / 255
            for (box, expected) in [
                ((0, 0, 640, 480), 10), ((0, 0, 320, 240), 1), ((320, 0, 640, 240), 2), ((0, 240, 640, 480), 7),
                ((160, 120, 480, 360), 2.5), ((-100, -100, 9999, 9999), 10), ((640, 480, 320, 240), 4),
                ((100, 100, 100, 200), 0), ((700, 0, 800, 480), 0),
            ] {
                let found = try #require(try await people(box.0, box.1, box.2, box.3))
                #expect(abs(found - expected) <= 2 * quantum, "\(box): \(found)")
            }
            let absent = try await connection.query("SELECT headcount.count_in_box(1, 2, 0, 0, 9, 9) AS n").first
            #expect(try absent?.decode(Double?.self, "n") == nil)
        }
    }

    private func upperPart(of map: DensityMap, share: Double) -> Double {
        let bottom = share * Double(map.size.height)
        var sum = 0.0
        for (index, cell) in map.cells.enumerated() {
            let top = Double(index / map.size.width)
            sum += Double(cell) * min(max(bottom - top, 0), 1)
        }
        return sum
    }
}
