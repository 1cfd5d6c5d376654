extension Raster {
    /// Linear light from a solid through a point of the picture.
    /// - Parameters:
    ///   - middle: middle of the samples that show the solid.
    ///   - sample: one of them, for where the middle misses.
    func body(
        _ index: Int, _ splat: Splat, _ middle: (x: Float, y: Float), _ sample: (x: Float, y: Float)
    ) -> Vector {
        let solid = solids[index]
        guard let hit = splat.hit(middle.x, middle.y) ?? splat.hit(sample.x, sample.y) else { return .zero }
        let ray = scene.camera.ray(middle.x, middle.y)
        let place = scene.camera.position + ray * hit.depth
        let rows = solid.rows
        let sizes = Vector(1 / rows.0.length, 1 / rows.1.length, 1 / rows.2.length)
        let footprint = hit.depth / scene.camera.focal
        var metric = hit.place * sizes
        if let drape = solid.drape {
            let offset = place - drape.origin
            metric = Vector(
                offset.dot(drape.frame.right), offset.dot(drape.frame.up), offset.dot(drape.frame.front))
        }
        let texel = solid.surface.texel(own: hit.place, metric: metric, footprint: footprint)
        var normal = (rows.0 * hit.normal.x + rows.1 * hit.normal.y + rows.2 * hit.normal.z).normalized()
        let smooth = normal
        if texel.bump != .zero {
            let rough =
                rows.0 * (texel.bump.x * sizes.x) + rows.1 * (texel.bump.y * sizes.y) + rows.2
                * (texel.bump.z * sizes.z)
            normal = (normal + rough).normalized()
        }
        let standing = solid.owner == .place ? Float.infinity : place.y - solid.ground
        // Off the surface by more than a texel, or it would shade itself.
        let passed = shadowMap.map { $0.passed(place + smooth * max(0.04, 1.3 * $0.texel)) } ?? 1
        let lit = scene.lighting.shade(
            texel, at: place, normal: normal, height: standing, sight: (ray * -1).normalized(), passed: passed)
        return scene.lighting.hazed(lit, depth: hit.depth)
    }

    /// Linear light from the ground or the sky through a point of the picture.
    func backdrop(_ x: Float, _ y: Float, _ passed: Float) -> Vector {
        let ray = scene.camera.ray(x, y)
        let eye = scene.camera.position
        guard let depth = scene.ground.depth(of: ray, from: eye) else {
            return scene.sky.colour(ray, sun: scene.lighting.sunDirection)
        }
        let place = eye + ray * depth
        let slant = max(0.02, -ray.y)
        let colour = scene.ground.colour(
            x: place.x, z: place.z, footprint: depth / scene.camera.focal / (slant < 0.5 ? slant * 2 : 1))
        let lighting = scene.lighting
        let sun = lighting.sun * (max(0, lighting.sunDirection.y) * lighting.sunlight(x: place.x, z: place.z))
        let open = 1 - lighting.crowding * 0.5
        let direct = (shadowMap?.passed(place) ?? passed) * passed
        let lit = colour * (sun * direct + lighting.sky * (passed * open))
        return lighting.hazed(lit, depth: depth)
    }
}
