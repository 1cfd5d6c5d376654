import Density
import TestSupport
import Testing

struct TilePlanTests {
    static let tile = PixelSize(width: 768, height: 576)

    @Test("Every plan is read as it is written")
    func spellingRoundTrips() throws {
        var plans: [TilePlan] = [.native, .auto]
        for rows in 1...TilePlan.gridLimit {
            for columns in 1...TilePlan.gridLimit { plans.append(.grid(rows: rows, columns: columns)) }
        }
        plans += plans.map { plan in
            var byArea = plan
            byArea.resampling = .area
            return byArea
        }
        for plan in plans { #expect(try TilePlan(plan.description) == plan) }
        #expect(Set(plans.map(\.description)).count == plans.count, "two plans are written alike")
    }

    @Test("grid:RxC names the rows before the columns")
    func rowsComeFirst() throws {
        #expect(try TilePlan("grid:2x3") == .grid(rows: 2, columns: 3))
    }

    @Test(
        "What is no plan, or no plan's one spelling, is refused by name",
        arguments: [
            "", " ", "native2", "Native", " native", "native:2x2", "grid", "grid:", "grid:2", "grid:2x", "grid:x2",
            "grid:2x2x2", "grid:0x2", "grid:2x0", "grid:2x17", "grid:17x2", "grid:-1x2", "grid:+2x2", "grid:02x2",
            "grid:2 x 2", "grid:2X2", "GRID:2x2", "grid:2x2 ", "grid:٢x٢", "grid::2x2", "Auto", "auto:4",
            ",area", "area", "auto,", "auto,Area", "auto, area", "auto ,area", "auto,area,area", "auto,bilinear",
            "native,area ", "grid:2x2,area,", "grid:02x2,area", "area,auto",
        ])
    func otherWordsAreRefused(text: String) {
        #expect(throws: TilePlanError.unknown(text)) { try TilePlan(text) }
        #expect(TilePlanError.unknown(text).description.contains("“\(text)”"))
    }

    @Test(
        "A plan says how a picture is resized, and cuts it alike either way", arguments: ["grid:2x3", "auto", "native"])
    func areas(text: String) throws {
        let picture = PixelSize(width: 4000, height: 3000)
        let bilinear = try TilePlan(text).layout(of: picture, tile: Self.tile, stride: 8)
        let byArea = try TilePlan(text + ",area").layout(of: picture, tile: Self.tile, stride: 8)
        #expect(bilinear.resampling == .bilinear && byArea.resampling == .area)
        #expect(byArea.resized == bilinear.resized)
        #expect(byArea.rows == bilinear.rows && byArea.columns == bilinear.columns)
    }

    @Test("A grid resizes any picture to exactly its tiles, which do not overlap")
    func gridIsExact() {
        for (rows, columns) in [(1, 1), (2, 2), (2, 3), (16, 16)] {
            for picture in [PixelSize(width: 1, height: 1), PixelSize(width: 4000, height: 301)] {
                let layout = TilePlan.grid(rows: rows, columns: columns).layout(of: picture, tile: Self.tile, stride: 8)
                #expect(layout.resized == PixelSize(width: columns * 768, height: rows * 576))
                #expect(layout.columns == (0..<columns).map { $0 * 768 })
                #expect(layout.rows == (0..<rows).map { $0 * 576 })
                #expect(layout.count == rows * columns)
            }
        }
    }

    @Test(
        "Native keeps the scale up to 2048 pixels and rounds each side down to 16",
        arguments: [
            (PixelSize(width: 768, height: 576), PixelSize(width: 768, height: 576)),
            (PixelSize(width: 783, height: 591), PixelSize(width: 768, height: 576)),
            (PixelSize(width: 2048, height: 2048), PixelSize(width: 2048, height: 2048)),
            (PixelSize(width: 2049, height: 2047), PixelSize(width: 2048, height: 2032)),
            (PixelSize(width: 4096, height: 2048), PixelSize(width: 2048, height: 1024)),
            // Sides for which 2048 / side * side is a hair less than 2048 in floating point.
            (PixelSize(width: 3136, height: 1568), PixelSize(width: 2048, height: 1024)),
            (PixelSize(width: 1568, height: 3136), PixelSize(width: 1024, height: 2048)),
            (PixelSize(width: 1, height: 1), PixelSize(width: 16, height: 16)),
            (PixelSize(width: 100_000, height: 1), PixelSize(width: 2048, height: 16)),
        ])
    func nativeBoundsAndRounds(picture: PixelSize, resized: PixelSize) {
        #expect(TilePlan.native.layout(of: picture, tile: Self.tile, stride: 8).resized == resized)
    }

    @Test("Native never enlarges beyond one multiple, and scales a long picture to the limit")
    func nativeHoldsForAnyPicture() {
        var noise = Noise(seed: 16)
        for _ in 0..<2000 {
            let picture = PixelSize(width: Int(noise.next() % 9000) + 1, height: Int(noise.next() % 9000) + 1)
            let stride = 1 << Int(noise.next() % 5)
            let resized = TilePlan.native.layout(of: picture, tile: Self.tile, stride: stride).resized
            let (long, longResized) = (max(picture.width, picture.height), max(resized.width, resized.height))
            if long > TilePlan.nativeLimit { #expect(longResized == TilePlan.nativeLimit, "\(picture)") }
            for (side, side0) in [(resized.width, picture.width), (resized.height, picture.height)] {
                #expect(side.isMultiple(of: TilePlan.nativeMultiple) && side >= TilePlan.nativeMultiple, "\(picture)")
                #expect(side <= max(side0, TilePlan.nativeMultiple), "\(picture) was enlarged to \(resized)")
                let scaled = Double(side0) * min(1, Double(TilePlan.nativeLimit) / Double(long))
                #expect(Double(side) > scaled - 16.001, "\(picture) lost more than a multiple in \(resized)")
            }
        }
    }

    @Test("Native sides are multiples of the stride too", arguments: [(12, 48), (32, 32), (24, 48), (96, 96)])
    func nativeSuitsTheStride(stride: Int, multiple: Int) {
        let layout = TilePlan.native.layout(of: PixelSize(width: 1999, height: 777), tile: Self.tile, stride: stride)
        #expect(layout.resized.width == 1999 / multiple * multiple)
        #expect(layout.resized.height == 777 / multiple * multiple)
    }

    @Test("A picture of exactly the tile is one tile at full size under native")
    func exactPictureIsOneTile() {
        let layout = TilePlan.native.layout(of: Self.tile, tile: Self.tile, stride: 8)
        #expect(layout.resized == Self.tile)
        #expect(layout.columns == [0] && layout.rows == [0])
    }

    @Test(
        "Auto takes the grid nearest to the picture's own pixels",
        arguments: [
            (768, 576, 1, 1), (1, 1, 1, 1), (300, 200, 1, 1), (1024, 768, 1, 1), (1152, 864, 2, 2),
            (1536, 1152, 2, 2), (576, 768, 1, 1), (2048, 1536, 3, 3), (1536, 576, 1, 2), (768, 1728, 3, 1),
            (4000, 3000, 4, 4), (100_000, 800, 1, 16), (800, 100_000, 16, 1), (6000, 2000, 3, 5),
        ])
    func autoIsNearest(width: Int, height: Int, rows: Int, columns: Int) {
        let picture = PixelSize(width: width, height: height)
        let layout = TilePlan.auto.layout(of: picture, tile: Self.tile, stride: 8)
        #expect(layout == TilePlan.grid(rows: rows, columns: columns).layout(of: picture, tile: Self.tile, stride: 8))
    }

    @Test("Auto has at most its limit of tiles, which cover the picture without overlap, whatever the picture")
    func autoIsBounded() {
        for width in stride(from: 1, to: 9000, by: 373) {
            for height in stride(from: 1, to: 9000, by: 411) {
                let layout = TilePlan.auto.layout(
                    of: PixelSize(width: width, height: height), tile: Self.tile, stride: 8)
                #expect((1...TilePlan.autoLimit).contains(layout.count))
                #expect(layout.resized.area == layout.count * Self.tile.area)
            }
        }
    }
}
