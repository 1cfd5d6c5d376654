import Density

@testable import Scenes

/// A bare place, seen level from a height of 1.6 m by a small camera.
enum TestScene {
    static func scene(people: [Person], format: Scene.Format = .jpeg(quality: 90)) -> Scene {
        var random = RandomSource(seed: 1)
        let size = PixelSize(width: 240, height: 180)
        let lighting = Lighting(.overcast, &random)
        let ground = Ground(
            paving: .concrete, colour: Vector(0.3), second: .zero, slab: (1, 1), seed: 1, rise: nil)
        return Scene(
            index: 0, size: size, format: format,
            camera: Camera(size: size, height: 1.6, pitch: 0, roll: 0, focal: 200), lighting: lighting,
            ground: ground, sky: Sky(lighting, &random), people: people, furniture: [], furnitureShadows: [],
            film: FilmLook(
                key: 0.2, contrast: 0.3, saturation: 1, balance: Vector(1), tint: .colour, fade: 0, blur: 0.4,
                sharpening: 0.3, vignette: 0, grain: 0.01, grainSize: 1, seed: 1),
            extent: 1...10)
    }

    /// A bareheaded person of 1.75 m who faces away.
    static func person(x: Float, z: Float) -> Person {
        Person(
            place: Vector(x, 0, z), stature: 1.75, build: 1, heading: 0, skin: Vector(0.5, 0.3, 0.2),
            hair: Vector(0.02), hairStyle: .short, top: Surface(.cloth, Vector(0.4, 0.05, 0.05)),
            bottom: Surface(.cloth, Vector(0.03)), shoes: Vector(0.02), legs: .trousers, sleeves: .short, seed: 1)
    }
}
