/// What soft shadows leave of the light on the ground, pixel by pixel of a band of rows.
struct GroundShade {
    private let width: Int
    private let rows: Range<Int>
    private var light: [Float]

    init(width: Int, rows: Range<Int>) {
        self.width = width
        self.rows = rows
        light = [Float](repeating: 1, count: width * rows.count)
    }

    /// Part of the light that reaches the ground at a pixel.
    func passed(_ x: Int, _ y: Int) -> Float { light[(y - rows.lowerBound) * width + x] }

    /// Darkens what lies under `shadow`.
    mutating func add(_ shadow: Shadow, within bounds: (columns: Range<Int>, rows: Range<Int>), _ scene: Scene) {
        for y in bounds.rows.clamped(to: rows) {
            for x in bounds.columns {
                let ray = scene.camera.ray(Float(x) + 0.5, Float(y) + 0.5)
                guard let depth = scene.ground.depth(of: ray, from: scene.camera.position) else { continue }
                let place = scene.camera.position + ray * depth
                light[(y - rows.lowerBound) * width + x] *= shadow.passed(x: place.x, z: place.z)
            }
        }
    }
}
