/// How a picture is resized and cut into model inputs.
///
/// Written `auto`, `native` or `grid:RxC` (rows by columns) in commands, manifests and SQL, each with `,area` behind it
/// where the picture is resized by areas.
public struct TilePlan: Sendable, Hashable {
    /// How the picture is brought to the size that is cut.
    public var resampling = Resampling.bilinear

    private let cut: Cut

    /// The picture is resized to exactly `rows` x `columns` tiles, whatever its shape. The seed's winning plan is
    /// `grid:2x2`.
    public static func grid(rows: Int, columns: Int) -> TilePlan { TilePlan(.grid(rows: rows, columns: columns)) }
    /// The grid of at most `autoLimit` tiles that comes nearest to the picture's own pixels: a picture of one tile is one
    /// tile, a large one many, and none is stretched more than it must be.
    public static let auto = TilePlan(.auto)
    /// The picture keeps its scale: its long side is bounded to `nativeLimit`, each side is rounded down to a multiple
    /// of `nativeMultiple`, and tiles anchored at the edges overlap where they must.
    public static let native = TilePlan(.native)

    /// Most tiles under `auto`.
    public static let autoLimit = 16
    /// Longest side of a picture under `native`, in pixels: the bound of the contest's baseline.
    public static let nativeLimit = 2048
    /// Sides under `native` are multiples of this, in pixels, so that every output stride up to it divides them.
    public static let nativeMultiple = 16
    /// Most rows, and most columns, of a grid.
    public static let gridLimit = 16

    /// What a plan may be, for people.
    public static let spelling =
        "auto, native or grid:ROWSxCOLUMNS with 1 to \(gridLimit) each, and ,area behind it or not"

    private static let areaSuffix = ",area"

    private init(_ cut: Cut) {
        self.cut = cut
    }

    /// Reads a plan as people write it. Each plan has one spelling, so that plans can be compared as text in SQL.
    /// - Throws: `TilePlanError.unknown` with the words that were not understood.
    public init(_ text: String) throws(TilePlanError) {
        let isByArea = text.hasSuffix(Self.areaSuffix)
        guard let cut = Cut(isByArea ? text.dropLast(Self.areaSuffix.count) : text[...]) else { throw .unknown(text) }
        self.init(cut)
        if isByArea { resampling = .area }
    }

    /// Where the tiles of a picture lie.
    /// - Parameters:
    ///   - picture: size of the picture, orientation applied.
    ///   - tile: size of one model input.
    ///   - stride: pixels of a tile per cell of its density map; it divides the sides of `tile`. The sides under
    ///     `native` become multiples of it as well, so that no pixel is left without a cell.
    public func layout(of picture: PixelSize, tile: PixelSize, stride: Int) -> TileLayout {
        switch cut {
        case .grid(let rows, let columns):
            return TileLayout(
                resized: PixelSize(width: columns * tile.width, height: rows * tile.height), tile: tile,
                resampling: resampling)
        case .auto:
            var grid = Self.nearestGrid(to: picture, tile: tile)
            grid.resampling = resampling
            return grid.layout(of: picture, tile: tile, stride: stride)
        case .native:
            let longest = max(picture.width, picture.height)
            let multiple = Self.leastCommonMultiple(Self.nativeMultiple, stride)
            // In whole numbers: scaled by a quotient of floating-point numbers, a side of 3136 becomes 2047.99.
            func bounded(_ side: Int) -> Int {
                let scaled = longest > Self.nativeLimit ? side * Self.nativeLimit / longest : side
                return max(multiple, scaled / multiple * multiple)
            }
            return TileLayout(
                resized: PixelSize(width: bounded(picture.width), height: bounded(picture.height)), tile: tile,
                resampling: resampling)
        }
    }

    /// The grid whose scales, on the two axes, are together the nearest to 1, as ratios; of equal ones the smallest.
    private static func nearestGrid(to picture: PixelSize, tile: PixelSize) -> TilePlan {
        func deviation(_ tiles: Int, of side: Int, by other: Int) -> Double {
            let scale = Double(tiles * side) / Double(other)
            // Half as large is as far from 1 as twice as large. Ratios of whole numbers, so that every machine agrees.
            let ratio = max(scale, 1 / scale)
            return (ratio - 1) * (ratio - 1)
        }
        var nearest = (rows: 1, columns: 1, deviation: Double.infinity)
        for tiles in 1...autoLimit {
            for rows in 1...tiles where tiles.isMultiple(of: rows) {
                let columns = tiles / rows
                let total =
                    deviation(columns, of: tile.width, by: picture.width)
                    + deviation(rows, of: tile.height, by: picture.height)
                if total < nearest.deviation { nearest = (rows, columns, total) }
            }
        }
        return .grid(rows: nearest.rows, columns: nearest.columns)
    }

    private static func leastCommonMultiple(_ first: Int, _ second: Int) -> Int {
        var (divisor, rest) = (first, second)
        while rest != 0 { (divisor, rest) = (rest, divisor % rest) }
        return first / divisor * second
    }
}

extension TilePlan: CustomStringConvertible {
    /// The plan as people write it; `TilePlan(description)` gives it back.
    public var description: String { cut.description + (resampling == .area ? Self.areaSuffix : "") }
}
