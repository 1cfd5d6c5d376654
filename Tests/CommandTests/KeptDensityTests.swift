import Density
import Imaging
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
struct KeptDensityTests {
    @Test("enqueued with --density, the parts of a picture add up to its count, and hold what is in them")
    func boxes() async throws {
        try await CommandBench.with(pictures: 3) { bench in
            // Dark on the left, bright on the right: the tiny network counts brightness.
            let row = [UInt8](repeating: 0, count: 48 * 3) + [UInt8](repeating: 255, count: 48 * 3)
            let halves = Picture(
                size: PixelSize(width: 96, height: 64), pixels: Array(repeatElement(row, count: 64).joined()))
            try bench.pictures.write(PictureEncoder.png(halves), to: "4.png")
            let enqueued = try await bench.run(
                ["enqueue", "set", "--urls", "-", "--density"], input: bench.list(1...4))
            #expect(enqueued.status == 0, "\(enqueued.errors)")
            let worked = try await bench.run(["work", "--drain", "--allow-network", "127.0.0.0/8"])
            #expect(worked.status == 0, "\(worked.errors)")
            let rows = try await bench.connection.query(
                """
                SELECT image, count,
                    headcount.count_in_box(run_id, image, 0, 0, width, height) AS whole,
                    headcount.count_in_box(run_id, image, 0, 0, 48, 64) AS "left",
                    headcount.count_in_box(run_id, image, 48, 0, 96, 64) AS "right",
                    headcount.count_in_box(run_id, image, 10, 10, 10, 50) AS nothing,
                    (SELECT sum(headcount.count_in_box(run_id, image, x * 19.2, y * 12.8, (x + 1) * 19.2, (y + 1) * 12.8))
                     FROM generate_series(0, 4) x, generate_series(0, 4) y) AS parts
                FROM headcount.counts ORDER BY image
                """)
            #expect(rows.count == 4)
            for row in rows {
                let count = try row.decode(Double.self, "count")
                // A map is kept to a 255th of its densest cell.
                for part in ["whole", "parts"] {
                    #expect(abs(try row.decode(Double.self, part) - count) < 0.01 * count, "\(part)")
                }
                let halves = try row.decode(Double.self, "left") + row.decode(Double.self, "right")
                #expect(abs(halves - count) < 0.01 * count)
                #expect(try row.decode(Double.self, "nothing") == 0)
            }
            let last = try #require(rows.last)
            #expect(try last.decode(Double.self, "right") > 5 * last.decode(Double.self, "left"))
        }
    }
}
