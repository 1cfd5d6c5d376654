/// How a surface takes light at one place.
struct Texel {
    /// Linear colour of the light it returns.
    var colour: Vector
    /// Added to the normal, in the solid's own coordinates: folds, strands, leaves.
    var bump = Vector.zero
    /// Strength of the highlight, 0 ... 1.
    var shine: Float = 0
    /// Light it gives off itself.
    var glow = Vector.zero
}
