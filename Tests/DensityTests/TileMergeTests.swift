import Density
import TestSupport
import Testing

struct TileMergeTests {
    static let strides = [1, 2, 8, 16]

    /// Random layouts whose sides are multiples of `stride`.
    static func layouts(stride: Int) -> [TileLayout] {
        var noise = Noise(seed: UInt64(stride))
        func size() -> PixelSize {
            PixelSize(width: (Int(noise.next() % 12) + 1) * stride, height: (Int(noise.next() % 12) + 1) * stride)
        }
        return (0..<60).map { _ in TileLayout(resized: size(), tile: size()) }
    }

    private static func cells(_ size: PixelSize, _ stride: Int) -> PixelSize {
        PixelSize(width: size.width / stride, height: size.height / stride)
    }

    /// What each tile would hold if a network saw `whole` through it, and 1000 in each cell outside.
    private static func views(of whole: DensityMap, through layout: TileLayout, stride: Int) -> [DensityMap] {
        let size = cells(layout.tile, stride)
        return layout.rows.flatMap { top in
            layout.columns.map { left in
                let values = (0..<size.area).map { index in
                    let (y, x) = index.quotientAndRemainder(dividingBy: size.width)
                    let (row, column) = (top / stride + y, left / stride + x)
                    let isInside = row < whole.size.height && column < whole.size.width
                    return isInside ? whole.cells[row * whole.size.width + column] : 1000
                }
                return DensityMap(size: size, cells: values)
            }
        }
    }

    @Test("Tiles that agree merge to what they agree on, whatever their overlap and padding", arguments: strides)
    func agreeingTilesMergeToTheWhole(stride: Int) {
        var noise = Noise(seed: 7)
        for layout in Self.layouts(stride: stride) {
            let size = Self.cells(layout.resized, stride)
            // Small whole numbers, of which sums and halves are exact.
            let whole = DensityMap(size: size, cells: (0..<size.area).map { _ in Float(noise.next() % 64) })
            let merged = layout.merge(Self.views(of: whole, through: layout, stride: stride), stride: stride)
            #expect(merged == whole, "\(layout)")
        }
    }

    @Test("Maps of ones merge to ones", arguments: strides)
    func onesMergeToOnes(stride: Int) {
        for layout in Self.layouts(stride: stride) {
            let size = Self.cells(layout.tile, stride)
            let ones = DensityMap(size: size, cells: Array(repeating: 1, count: size.area))
            let merged = layout.merge(Array(repeating: ones, count: layout.count), stride: stride)
            #expect(merged.size == Self.cells(layout.resized, stride))
            #expect(merged.cells.allSatisfy { $0 == 1 }, "\(layout)")
        }
    }

    @Test("Where tiles disagree a cell is the mean of those that hold it")
    func overlapsAreAveraged() {
        // 12 pixels by tiles of 8: the second begins at 4, and both hold 4..<8.
        let layout = TileLayout(resized: PixelSize(width: 12, height: 4), tile: PixelSize(width: 8, height: 4))
        let maps = [Float(1), 3].map { value in
            DensityMap(size: PixelSize(width: 2, height: 1), cells: [value, value])
        }
        #expect(layout.merge(maps, stride: 4).cells == [1, 2, 3])
    }

    @Test("Four tiles share the cell in which they meet")
    func cornersAreAveraged() {
        let layout = TileLayout(resized: PixelSize(width: 3, height: 3), tile: PixelSize(width: 2, height: 2))
        let maps = [Float(4), 8, 16, 32].map { value in
            DensityMap(size: PixelSize(width: 2, height: 2), cells: Array(repeating: value, count: 4))
        }
        #expect(layout.merge(maps, stride: 1).cells == [4, 6, 8, 10, 15, 20, 16, 24, 32])
    }

    @Test("Side-by-side tiles lose nobody: the count is the sum of the tiles' counts")
    func gridConservesTheCount() throws {
        var noise = Noise(seed: 5)
        let tile = PixelSize(width: 64, height: 48)
        for (rows, columns) in [(1, 1), (2, 2), (3, 1), (2, 5)] {
            let layout = TilePlan.grid(rows: rows, columns: columns)
                .layout(of: PixelSize(width: 333, height: 222), tile: tile, stride: 8)
            let maps = (0..<layout.count).map { _ in
                DensityMap(
                    size: PixelSize(width: 8, height: 6),
                    cells: (0..<48).map { _ in Float(noise.next() % 1_000_000) / 1_000_000 })
            }
            let sum = maps.reduce(0) { $0 + $1.count }
            #expect(abs(layout.merge(maps, stride: 8).count - sum) < 1e-9 * sum)
        }
    }

    @Test("A count is summed in double precision, so that small cells are not lost beside a large one")
    func countIsExact() {
        let cells: [Float] = [16_777_216] + Array(repeating: 1, count: 7)
        #expect(DensityMap(size: PixelSize(width: 4, height: 2), cells: cells).count == 16_777_223)
        #expect(DensityMap(size: PixelSize(width: 1, height: 1), cells: [-0.5]).count == -0.5)
    }
}
