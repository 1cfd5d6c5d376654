import Density
import Glibc
import Imaging

/// Renders crowd scenes whose heads are known.
///
/// The scene of a number depends on the seed and the number alone, and its bytes on nothing else: not on the machine,
/// the build or what is rendered beside it.
public struct SceneRenderer: Sendable {
    /// Least part of a head that must show for the head to count.
    static let leastShown = 0.4

    private let seed: UInt64
    private let reduction: Int

    /// A renderer of the scenes of a seed.
    public init(seed: UInt64) {
        self.init(seed: seed, reduction: 1)
    }

    /// - Parameter reduction: divides the sides of every picture, for tests that need not see much.
    init(seed: UInt64, reduction: Int) {
        self.seed = seed
        self.reduction = reduction
    }

    /// Describes the scene of a number, from 0.
    public func scene(_ index: Int) -> Scene {
        var composer = SceneComposer(seed: seed, index: index)
        return composer.scene(reduction: reduction)
    }

    /// Draws and encodes a scene.
    /// - Throws: `ScenesError.notEncoded`.
    public func render(_ scene: Scene) throws(ScenesError) -> RenderedScene {
        var solids = scene.furniture
        var shadows = scene.furnitureShadows
        var centres: [Vector] = []
        for (number, person) in scene.people.enumerated() {
            let pixels = Viewpoint.headHeight * scene.camera.focal / max(0.1, scene.camera.depth(of: person.place))
            let painter = PersonPainter(person, index: number, headPixels: pixels)
            solids += painter.solids
            centres.append(painter.headCentre)
            shadows.append(
                Shadow(x: person.place.x, z: person.place.z, radius: 0.42 * person.build, strength: 0.6))
        }
        var raster = Raster(scene, solids: solids, shadows: shadows)
        raster.draw()
        let picture = scene.film.develop(raster.light, size: scene.size)
        return RenderedScene(
            picture: picture, heads: heads(scene, centres, raster.skulls), fileName: scene.fileName,
            encoded: try encode(picture, scene))
    }

    private func heads(
        _ scene: Scene, _ centres: [Vector], _ skulls: [(all: Int, seen: Int)]
    ) -> [RenderedScene.Head] {
        zip(centres, skulls).compactMap { centre, skull in
            guard skull.all > 0, Double(skull.seen) >= Self.leastShown * Double(skull.all) else { return nil }
            let (x, y) = scene.camera.project(centre)
            let place = (x: (Double(x) * 10).rounded() / 10, y: (Double(y) * 10).rounded() / 10)
            guard place.x >= 0, place.y >= 0, place.x < Double(scene.size.width), place.y < Double(scene.size.height)
            else { return nil }
            return RenderedScene.Head(x: place.x, y: place.y)
        }
    }

    private func encode(_ picture: Picture, _ scene: Scene) throws(ScenesError) -> [UInt8] {
        do throws(ImagingError) {
            switch scene.format {
            case .jpeg(let quality): return try PictureEncoder.jpeg(picture, quality: quality)
            case .png: return try PictureEncoder.png(picture)
            }
        } catch {
            throw .notEncoded(name: scene.fileName, reason: error.description)
        }
    }
}
