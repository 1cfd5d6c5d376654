/// One body of a scene: an ellipsoid, a cone with round ends, or a box.
struct Solid: Sendable {
    enum Shape: Sendable {
        /// The unit sphere of the solid's own coordinates.
        case ellipsoid
        /// From a sphere of radius `base` at the origin to one of radius `tip` at (0, `length`, 0), joined by a cone.
        case cone(length: Float, base: Float, tip: Float)
        /// -1 ... 1 on each axis of the solid's own coordinates.
        case box
    }

    /// What a solid belongs to.
    enum Owner: Sendable, Equatable {
        /// Furniture of the scene.
        case place
        /// A person's body, or what the person carries.
        case body(Int)
        /// A person's head with hair and hat.
        case head(Int)
    }

    var shape: Shape
    /// The origin of the solid's own coordinates.
    var origin: Vector
    /// Rows of the map from places relative to `origin` to the solid's own coordinates.
    var rows: (Vector, Vector, Vector)
    var surface: Surface
    var owner: Owner
    /// Only the part with `cut.direction · own coordinates >= cut.offset` is there.
    var cut: (direction: Vector, offset: Float)?
    /// Where the cloth of several solids is cut from one piece: the patterns follow these directions.
    var drape: (origin: Vector, frame: Frame)?
    /// Height of the ground under it, for the light that neighbours take away.
    var ground: Float = 0

    /// An ellipsoid with half axes `radii` along the unit directions of `frame`.
    static func ellipsoid(
        at centre: Vector, _ frame: Frame, radii: Vector, _ surface: Surface, _ owner: Owner
    ) -> Solid {
        Solid(
            shape: .ellipsoid, origin: centre,
            rows: (frame.right * (1 / radii.x), frame.up * (1 / radii.y), frame.front * (1 / radii.z)),
            surface: surface, owner: owner)
    }

    /// A box with half sides `radii` along the unit directions of `frame`.
    static func box(at centre: Vector, _ frame: Frame, radii: Vector, _ surface: Surface) -> Solid {
        Solid(
            shape: .box, origin: centre,
            rows: (frame.right * (1 / radii.x), frame.up * (1 / radii.y), frame.front * (1 / radii.z)),
            surface: surface, owner: .place)
    }

    /// A cone with round ends.
    /// - Parameters:
    ///   - front: where the solid's own z points, as nearly as the axis lets it.
    ///   - flatness: thickness along `front` as a part of that across it.
    static func cone(
        from start: Vector, _ base: Float, to end: Vector, _ tip: Float, front: Vector, flatness: Float = 1,
        _ surface: Surface, _ owner: Owner
    ) -> Solid {
        let axis = end - start
        let length = axis.length
        let up = axis.normalized()
        var across = up.cross(front)
        if across.dot(across) < 1e-6 { across = up.cross(Vector(1, 0, 0.3)) }
        across = across.normalized()
        let depth = across.cross(up)
        return Solid(
            shape: .cone(length: length, base: base, tip: tip), origin: start,
            rows: (across, up, depth * (1 / flatness)), surface: surface, owner: owner)
    }
}
