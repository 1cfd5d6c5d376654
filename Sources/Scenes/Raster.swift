import Density
import Glibc

/// Draws a scene: finds what every point of the picture shows, then how it is lit.
///
/// Four samples a pixel on a turned grid decide what is seen; a pixel is lit once per thing it shows. Worked in bands of
/// rows, so that the buffers stay small.
struct Raster {
    private static let bandRows = 32
    /// Places of the samples within a pixel.
    private static let offsets: [(x: Float, y: Float)] = [
        (0.375, 0.125), (0.875, 0.375), (0.125, 0.625), (0.625, 0.875),
    ]

    let scene: Scene
    let solids: [Solid]
    private let splats: [Splat]
    /// Index in `splats` by index in `solids`; -1 for what cannot be seen.
    private var splatOfSolid: [Int32]
    private let shadows: [Shadow]
    let shadowMap: ShadowMap?
    private let width: Int
    private let height: Int
    /// Linear red, green and blue of every pixel, row by row.
    private(set) var light: [Float]
    /// Samples of every person's skull: in all, also outside the picture, and those that show.
    private(set) var skulls: [(all: Int, seen: Int)]

    private var depths: [Float]
    private var owners: [Int32]

    init(_ scene: Scene, solids: [Solid], shadows: [Shadow]) {
        self.scene = scene
        self.solids = solids
        self.shadows = shadows
        shadowMap = scene.lighting.throwsShadows ? scene.shadowMap(of: solids) : nil
        width = scene.size.width
        height = scene.size.height
        splats = solids.enumerated()
            .compactMap { Splat(of: $0.element, index: $0.offset, camera: scene.camera) }
            .sorted { ($0.nearest, $0.solid) < ($1.nearest, $1.solid) }
        splatOfSolid = [Int32](repeating: -1, count: solids.count)
        for (number, splat) in splats.enumerated() { splatOfSolid[Int(splat.solid)] = Int32(number) }
        light = [Float](repeating: 0, count: scene.size.area * 3)
        skulls = Array(repeating: (0, 0), count: scene.people.count)
        depths = [Float](repeating: 0, count: width * Self.bandRows * 4)
        owners = [Int32](repeating: -1, count: width * Self.bandRows * 4)
    }

    /// Draws every band.
    mutating func draw() {
        let bands = (height + Self.bandRows - 1) / Self.bandRows
        var bins = [[Int]](repeating: [], count: bands)
        for (number, splat) in splats.enumerated() {
            let first = max(0, Int(splat.top)) / Self.bandRows
            let last = min(height - 1, Int(splat.bottom) - 1) / Self.bandRows
            guard splat.bottom > 0, first <= last, splat.right > 0, Int(splat.left) < width else { continue }
            for band in first...last { bins[band].append(number) }
        }
        let cast = shadows.map { ($0, $0.bounds(in: scene.camera, on: scene.ground)) }
        for band in 0..<bands {
            let rows = band * Self.bandRows..<min(height, (band + 1) * Self.bandRows)
            clear(rows)
            for number in bins[band] { cover(splats[number], rows) }
            for number in bins[band] { countSkull(splats[number], rows) }
            var shade = GroundShade(width: width, rows: rows)
            for case (let shadow, let bounds?) in cast { shade.add(shadow, within: bounds, scene) }
            resolve(rows, shade)
        }
    }

    /// Sets every sample to the ground or the sky.
    private mutating func clear(_ rows: Range<Int>) {
        for y in rows {
            for x in 0..<width {
                let ray = scene.camera.ray(Float(x) + 0.5, Float(y) + 0.5)
                let depth = scene.ground.depth(of: ray, from: scene.camera.position) ?? .infinity
                let base = ((y - rows.lowerBound) * width + x) * 4
                for sample in base..<base + 4 {
                    depths[sample] = depth
                    owners[sample] = -1
                }
            }
        }
    }

    /// Gives a solid the samples it is nearest at.
    private mutating func cover(_ splat: Splat, _ rows: Range<Int>) {
        let (left, right) = (max(0, Int(splat.left)), min(width, Int(splat.right)))
        let (top, bottom) = (max(rows.lowerBound, Int(splat.top)), min(rows.upperBound, Int(splat.bottom)))
        guard left < right, top < bottom else { return }
        let width = width
        Self.offsets.withUnsafeBufferPointer { offsets in
            depths.withUnsafeMutableBufferPointer { depths in
                owners.withUnsafeMutableBufferPointer { owners in
                    for y in top..<bottom {
                        for x in left..<right {
                            let base = ((y - rows.lowerBound) * width + x) * 4
                            for sample in 0..<4 where splat.nearest < depths[base + sample] {
                                let offset = offsets[sample]
                                guard let hit = splat.hit(Float(x) + offset.x, Float(y) + offset.y),
                                    hit.depth < depths[base + sample]
                                else { continue }
                                depths[base + sample] = hit.depth
                                owners[base + sample] = splat.solid
                            }
                        }
                    }
                }
            }
        }
    }

    /// Counts the samples of a skull that lie in these rows, and those where the head shows.
    ///
    /// The rows above and below the picture count with the first and the last band, and nothing shows there.
    private mutating func countSkull(_ splat: Splat, _ rows: Range<Int>) {
        let solid = solids[Int(splat.solid)]
        guard case .head(let person) = solid.owner, solid.surface.pattern == .face else { return }
        let top = rows.lowerBound == 0 ? Int(splat.top) : max(rows.lowerBound, Int(splat.top))
        let bottom = rows.upperBound == height ? Int(splat.bottom) : min(rows.upperBound, Int(splat.bottom))
        for y in top..<max(top, bottom) {
            for x in Int(splat.left)..<Int(splat.right) {
                for sample in 0..<4 {
                    let offset = Self.offsets[sample]
                    guard splat.hit(Float(x) + offset.x, Float(y) + offset.y) != nil else { continue }
                    skulls[person].all += 1
                    guard rows.contains(y), x >= 0, x < width else { continue }
                    let owner = owners[((y - rows.lowerBound) * width + x) * 4 + sample]
                    if owner >= 0, solids[Int(owner)].owner == solid.owner { skulls[person].seen += 1 }
                }
            }
        }
    }

    /// Lights every pixel of the rows, once for each thing it shows.
    private mutating func resolve(_ rows: Range<Int>, _ shade: GroundShade) {
        for y in rows {
            for x in 0..<width {
                let base = ((y - rows.lowerBound) * width + x) * 4
                var colour = Vector.zero
                for sample in 0..<4 {
                    let owner = owners[base + sample]
                    if (0..<sample).contains(where: { owners[base + $0] == owner }) { continue }
                    var (sumX, sumY, shared) = (Float(0), Float(0), Float(0))
                    for other in sample..<4 where owners[base + other] == owner {
                        sumX += Self.offsets[other].x
                        sumY += Self.offsets[other].y
                        shared += 1
                    }
                    let middle = (x: Float(x) + sumX / shared, y: Float(y) + sumY / shared)
                    let own = (x: Float(x) + Self.offsets[sample].x, y: Float(y) + Self.offsets[sample].y)
                    let lit =
                        owner < 0
                        ? backdrop(middle.x, middle.y, shade.passed(x, y))
                        : body(Int(owner), splats[Int(splatOfSolid[Int(owner)])], middle, own)
                    colour = colour + lit * (shared * 0.25)
                }
                let pixel = (y * width + x) * 3
                light[pixel] = colour.x
                light[pixel + 1] = colour.y
                light[pixel + 2] = colour.z
            }
        }
    }
}
