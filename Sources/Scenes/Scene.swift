public import Density

/// A picture to be rendered: where the camera stands, who is there, in which light, and how it is kept.
public struct Scene: Sendable, CustomStringConvertible {
    /// The kind of a picture's file.
    public enum Format: Sendable, Hashable {
        /// JPEG with a quality in 1 ... 100.
        case jpeg(quality: Int)
        /// PNG.
        case png
    }

    /// Number of the scene, from 0.
    public let index: Int
    /// Width and height of the picture in pixels.
    public let size: PixelSize
    /// The kind of its file.
    public let format: Format
    /// Name of its file: the number from 1 in four digits, and the ending.
    public var fileName: String {
        let number = String(index + 1)
        let digits = String(repeating: "0", count: max(0, 4 - number.count)) + number
        return format == .png ? "\(digits).png" : "\(digits).jpg"
    }

    /// File name, size, light and number of people, who need not all show.
    public var description: String { "\(fileName): \(size), \(lighting.mood), \(people.count) people" }

    let camera: Camera
    let lighting: Lighting
    let ground: Ground
    let sky: Sky
    var people: [Person]
    let furniture: [Solid]
    let furnitureShadows: [Shadow]
    let film: FilmLook
    /// Distances in metres, along the ground, between which people stand.
    let extent: ClosedRange<Float>

    /// The shadows that `solids` throw where people stand.
    func shadowMap(of solids: [Solid]) -> ShadowMap {
        let reach = extent.upperBound - extent.lowerBound
        let wide = reach * 0.5 + 4 + camera.middle.x / camera.focal * extent.upperBound
        let middle = (extent.lowerBound + extent.upperBound) / 2
        return ShadowMap(
            of: solids, towards: lighting.sunDirection, middle: Vector(0, ground.height(z: middle) + 0.8, middle),
            reach: min(wide, 60), side: min(1600, max(size.width, size.height) * 5 / 4))
    }
}
