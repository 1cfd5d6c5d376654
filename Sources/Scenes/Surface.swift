/// What a solid is made of: colours and a pattern over the solid's own coordinates.
struct Surface: Sendable {
    /// The pattern, which says what the colours and the parameters are for.
    enum Pattern: Sendable {
        /// `colour` alone.
        case plain
        /// `colour` is skin, `second` hair, `third` lips, eyes and glasses; `amount` is how far the hair recedes;
        /// `scale` is 1 with glasses, 2 with a mask, else 0.
        case face
        /// Strands of `colour` with a shine.
        case hair
        /// Cloth: plain, or `second` in a pattern of size `scale`.
        case cloth, stripes, bands, checks, speckles
        /// Cloth of `colour` with a print of `second` on the chest.
        case print
        /// A jacket of `colour` open over a shirt of `second`, with a tie of `third` where `amount` is above 0.
        case jacket
        /// Leaves: `colour` to `second`, with gaps.
        case leaves
        /// A building: wall of `colour`, windows of `second` every `scale` metres, lit ones of `third`.
        case facade
        /// Large writing of `second` on `colour`.
        case sign
        /// `colour` as light given off.
        case lamp
    }

    var pattern: Pattern
    var colour: Vector
    var second: Vector = .zero
    var third: Vector = .zero
    var scale: Float = 1
    var amount: Float = 0
    var seed: UInt32 = 0

    init(_ pattern: Pattern, _ colour: Vector) {
        self.pattern = pattern
        self.colour = colour
    }
}
