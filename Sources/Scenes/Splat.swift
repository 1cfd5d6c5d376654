import Density
import Glibc

/// A solid as one camera sees it: the pixels it may cover, and where a ray through any of them meets it.
///
/// Over a small ellipsoid or a cone all rays run alike (weak perspective about its middle), which keeps a meeting cheap
/// and single precision enough at any distance. Boxes and large ellipsoids are met in true perspective.
struct Splat: Sendable {
    /// Index of the solid.
    let solid: Int32
    /// Pixels that may be covered: columns `left ..< right`, rows `top ..< bottom`, not yet clipped to the picture.
    let left: Int32, right: Int32, top: Int32, bottom: Int32
    /// No part of the solid is nearer, in metres of depth.
    let nearest: Float

    private let shape: Solid.Shape
    private let inPerspective: Bool
    private let cut: (direction: Vector, offset: Float)?
    /// How far the outline is frayed, 0 ... 1: leaves and hair end in gaps.
    private let fray: Float
    private let seed: UInt32
    /// Depth of the middle; 0 for a box.
    private let depth: Float
    /// Pixel the steps are counted from.
    private let x: Float, y: Float
    /// In the solid's own coordinates: start and direction of the ray at that pixel, and their change per pixel.
    private let start: Vector, direction: Vector, stepX: Vector, stepY: Vector

    /// A meeting of a ray and a solid.
    struct Hit {
        /// Depth in metres.
        var depth: Float
        /// In the solid's own coordinates.
        var place: Vector
        /// Outward in the solid's own coordinates, of any length.
        var normal: Vector
    }

    /// `nil` where the solid lies behind the camera or is too small to see.
    init?(of solid: Solid, index: Int, camera: Camera) {
        self.solid = Int32(index)
        shape = solid.shape
        cut = solid.cut
        seed = solid.surface.seed
        switch solid.surface.pattern {
        case .leaves: fray = 0.75
        case .hair: fray = solid.surface.amount > 0 ? 0.5 : 0.28
        default: fray = 0
        }
        let rows = solid.rows
        func own(_ world: Vector) -> Vector { Vector(rows.0.dot(world), rows.1.dot(world), rows.2.dot(world)) }
        // Rows of a frame divided by radii: the columns of the inverse are the rows divided by their squared length.
        let axes = (
            rows.0 * (1 / rows.0.dot(rows.0)), rows.1 * (1 / rows.1.dot(rows.1)), rows.2 * (1 / rows.2.dot(rows.2))
        )
        inPerspective = Self.isLarge(solid, axes, camera)
        if inPerspective {
            guard let bounds = Self.boxBounds(solid.origin, axes, camera) else { return nil }
            (left, right, top, bottom, nearest) = bounds
            depth = 0
            (x, y) = camera.middle
            start = own(camera.position - solid.origin)
            direction = own(camera.forward)
            stepX = own(camera.right) * (1 / camera.focal)
            stepY = own(camera.up) * (-1 / camera.focal)
            return
        }
        var balls: [(centre: Vector, radius: Float)] = [(.zero, 1)]
        if case .cone(let length, let base, let tip) = shape {
            balls = [(.zero, base), (axes.1 * length, tip)]
        }
        let middle = solid.origin + balls[balls.count - 1].centre * 0.5
        depth = camera.depth(of: middle)
        guard depth > 0.3 else { return nil }
        (x, y) = camera.project(middle)
        let ray = (middle - camera.position) * (1 / depth)
        let scale = camera.focal / depth
        let across = camera.right - camera.forward * ray.dot(camera.right)
        let upwards = camera.up - camera.forward * ray.dot(camera.up)
        var (least, most) = ((x: Float.infinity, y: Float.infinity), (x: -Float.infinity, y: -Float.infinity))
        var reach: Float = 0
        for ball in balls {
            let offset = solid.origin + ball.centre - middle
            let (column, row) = (x + offset.dot(across) * scale, y - offset.dot(upwards) * scale)
            let wide = Self.extent(axes, across) * ball.radius * scale
            let high = Self.extent(axes, upwards) * ball.radius * scale
            least = (min(least.x, column - wide), min(least.y, row - high))
            most = (max(most.x, column + wide), max(most.y, row + high))
            reach = max(reach, Self.extent(axes, camera.forward) * ball.radius - offset.dot(camera.forward))
        }
        guard most.x - least.x > 0.2, most.x > -4096, most.y > -4096, least.x < 16384, least.y < 16384 else {
            return nil
        }
        left = Int32(max(-8192, least.x.rounded(.down)))
        top = Int32(max(-8192, least.y.rounded(.down)))
        right = Int32(min(24576, most.x.rounded(.up)))
        bottom = Int32(min(24576, most.y.rounded(.up)))
        nearest = depth - reach * 1.05
        start = own(middle - solid.origin)
        direction = own(ray)
        stepX = own(camera.right) * (1 / scale)
        stepY = own(camera.up) * (-1 / scale)
    }

    /// Where the ray through the picture's point (px, py) meets the solid; `nil` where it passes.
    @inline(__always)
    func hit(_ px: Float, _ py: Float) -> Hit? {
        let (across, down) = (px - x, py - y)
        let step = stepX * across + stepY * down
        let from = inPerspective ? start : start + step
        let way = inPerspective ? direction + step : direction
        var found: Hit
        switch shape {
        case .ellipsoid:
            let a = way.dot(way)
            let b = from.dot(way)
            let discriminant = b * b - a * (from.dot(from) - 1)
            if discriminant < 0 { return nil }
            let along = (-b - discriminant.squareRoot()) / a
            let place = from + way * along
            found = Hit(depth: depth + along, place: place, normal: place)
        case .cone(let length, let base, let tip):
            guard let meeting = coneHit(from, length, base, tip) else { return nil }
            found = meeting
        case .box:
            return boxHit(way)
        }
        if fray > 0 { return frayed(found, way) }
        if let cut, found.place.dot(cut.direction) < cut.offset { return nil }
        return found
    }

    /// `hit`, but for gaps between strands or leaves, which are wider towards the outline.
    private func frayed(_ hit: Hit, _ direction: Vector) -> Hit? {
        let normal = hit.normal
        let facing =
            -normal.dot(direction) / max(1e-6, (normal.dot(normal) * direction.dot(direction)).squareRoot())
        let leafy = fray > 0.6
        guard facing < fray || cut != nil else { return hit }
        let strand = leafy ? hit.place * 9 : Vector(hit.place.x * 8, hit.place.y * 3.5, hit.place.z * 8)
        let gap = Noise.space(strand, seed: seed)
        if facing < fray * gap { return nil }
        if let cut, hit.place.dot(cut.direction) < cut.offset + (gap - 0.5) * 0.2 { return nil }
        return hit
    }

    /// Meeting with a cone with round ends, after Inigo Quilez, for rays of any length.
    @inline(__always)
    private func coneHit(_ from: Vector, _ length: Float, _ base: Float, _ tip: Float) -> Hit? {
        let narrowing = base - tip
        let m0 = length * length
        let m1 = length * from.y
        let m2 = length * direction.y
        let m3 = direction.dot(from)
        let m5 = from.dot(from)
        let m8 = direction.dot(direction)
        let d2 = m0 - narrowing * narrowing
        let k2 = d2 * m8 - m2 * m2
        let k1 = d2 * m3 - m1 * m2 + m2 * narrowing * base
        let k0 = d2 * m5 - m1 * m1 + m1 * narrowing * base * 2 - m0 * base * base
        let discriminant = k1 * k1 - k0 * k2
        if discriminant >= 0 && k2 != 0 {
            let along = (-discriminant.squareRoot() - k1) / k2
            let y = m1 - base * narrowing + along * m2
            if y > 0 && y < d2 {
                let place = from + direction * along
                return Hit(
                    depth: depth + along, place: place, normal: place * d2 - Vector(0, length * y, 0))
            }
        }
        var best: Hit?
        let first = m3 * m3 - m8 * (m5 - base * base)
        if first >= 0 {
            let along = (-m3 - first.squareRoot()) / m8
            let place = from + direction * along
            best = Hit(depth: depth + along, place: place, normal: place)
        }
        let beyond = Vector(from.x, from.y - length, from.z)
        let m6 = beyond.dot(direction)
        let second = m6 * m6 - m8 * (beyond.dot(beyond) - tip * tip)
        if second >= 0 {
            let along = (-m6 - second.squareRoot()) / m8
            if best.map({ depth + along < $0.depth }) ?? true {
                let place = beyond + direction * along
                best = Hit(
                    depth: depth + along, place: Vector(place.x, place.y + length, place.z), normal: place)
            }
        }
        return best
    }

    private func boxHit(_ ray: Vector) -> Hit? {
        var (enter, leave) = (-Float.infinity, Float.infinity)
        var normal = Vector.zero
        func slab(_ from: Float, _ way: Float, _ face: Vector) {
            if abs(way) < 1e-9 {
                if abs(from) > 1 { leave = -.infinity }
                return
            }
            let (one, other) = ((-1 - from) / way, (1 - from) / way)
            if min(one, other) > enter {
                enter = min(one, other)
                normal = face * (way > 0 ? -1 : 1)
            }
            leave = min(leave, max(one, other))
        }
        slab(start.x, ray.x, Vector(1, 0, 0))
        slab(start.y, ray.y, Vector(0, 1, 0))
        slab(start.z, ray.z, Vector(0, 0, 1))
        guard enter < leave, enter > 0.3 else { return nil }
        return Hit(depth: enter, place: start + ray * enter, normal: normal)
    }

    /// True for boxes, and for ellipsoids so large that rays spread over them.
    private static func isLarge(_ solid: Solid, _ axes: (Vector, Vector, Vector), _ camera: Camera) -> Bool {
        switch solid.shape {
        case .box: return true
        case .cone: return false
        case .ellipsoid:
            let depth = camera.depth(of: solid.origin)
            return depth > 0 && max(axes.0.length, max(axes.1.length, axes.2.length)) > depth * 0.06
        }
    }

    /// Half the width, along `direction`, of an ellipsoid with these half axes.
    private static func extent(_ axes: (Vector, Vector, Vector), _ direction: Vector) -> Float {
        let (a, b, c) = (axes.0.dot(direction), axes.1.dot(direction), axes.2.dot(direction))
        return (a * a + b * b + c * c).squareRoot()
    }

    private static func boxBounds(
        _ centre: Vector, _ axes: (Vector, Vector, Vector), _ camera: Camera
    ) -> (Int32, Int32, Int32, Int32, Float)? {
        let (width, height) = (Float(camera.size.width), Float(camera.size.height))
        var (left, right, top, bottom) = (width, Float(0), height, Float(0))
        var (nearest, farthest) = (Float.infinity, -Float.infinity)
        for corner in 0..<8 {
            let place =
                centre + axes.0 * (corner & 1 == 0 ? -1 : 1) + axes.1 * (corner & 2 == 0 ? -1 : 1)
                + axes.2 * (corner & 4 == 0 ? -1 : 1)
            let depth = camera.depth(of: place)
            nearest = min(nearest, depth)
            farthest = max(farthest, depth)
            guard depth > 0.3 else { continue }
            let (x, y) = camera.project(place)
            (left, right) = (min(left, x), max(right, x))
            (top, bottom) = (min(top, y), max(bottom, y))
        }
        guard farthest > 0.3 else { return nil }
        if nearest <= 0.3 { (left, right, top, bottom) = (0, width, 0, height) }
        (left, right) = (max(0, left), min(width, right))
        (top, bottom) = (max(0, top), min(height, bottom))
        guard left < right, top < bottom else { return nil }
        return (
            Int32(left.rounded(.down)), Int32(right.rounded(.up)), Int32(top.rounded(.down)),
            Int32(bottom.rounded(.up)), max(0.3, nearest)
        )
    }
}
