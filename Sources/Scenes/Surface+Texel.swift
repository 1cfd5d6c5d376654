import Glibc

extension Surface {
    /// The surface at one place of a solid.
    /// - Parameters:
    ///   - own: in the solid's own coordinates.
    ///   - metric: the same in metres along the solid's own axes.
    ///   - footprint: metres a pixel spans there; finer patterns are left out.
    func texel(own: Vector, metric: Vector, footprint: Float) -> Texel {
        switch pattern {
        case .plain:
            let mottle = Noise.space(metric * 40, seed: seed)
            return Texel(colour: colour * (0.93 + 0.14 * mottle), shine: 0.06)
        case .face: return face(own, footprint)
        case .hair: return hair(own, curly: amount > 0)
        case .cloth, .stripes, .bands, .checks, .speckles, .print, .jacket: return cloth(metric, footprint)
        case .leaves: return leaves(own)
        case .facade: return facade(own, metric, footprint)
        case .sign: return sign(own)
        case .lamp: return Texel(colour: Vector(0.02), glow: colour)
        }
    }

    private func face(_ q: Vector, _ footprint: Float) -> Texel {
        // Hair grows above a line that runs from the forehead over the ears to the nape.
        let wave = (Noise.plane(q.x * 5, q.z * 5, seed: seed) - 0.5) * 0.14
        // Down to the ears at the sides and the nape behind, where the neck is shaved.
        let line = (q.z > 0.3 ? 0.5 : max(-0.42, 0.5 - (0.3 - q.z) * 1.5)) + amount * 0.4
        let hairy = Curves.smooth(line - 0.06, line + 0.06, q.y + wave)
        let mottle = Noise.space(q * 3.5, seed: seed)
        var skin = colour * (0.9 + 0.2 * mottle)
        if q.z > 0 {
            let side = abs(q.x)
            // The sockets lie in shade, the cheeks are flushed.
            let socket = Curves.smooth(0.3, 0.08, length(side - 0.4, (q.y - 0.13) * 1.3))
            skin = skin * (1 - 0.42 * socket)
            let cheek = Curves.smooth(0.34, 0.1, length(side - 0.5, q.y + 0.28))
            skin = Vector(skin.x * (1 + 0.1 * cheek), skin.y * (1 - 0.08 * cheek), skin.z * (1 - 0.08 * cheek))
            if footprint < 0.02 {
                let near = Curves.smooth(0.013, 0.005, footprint)
                let eye = near * Curves.smooth(0.13, 0.07, length(side - 0.4, (q.y - 0.1) * 2.2))
                skin = skin.mixed(with: Vector(0.02, 0.015, 0.012), eye * 0.85)
                let brow =
                    near * Curves.smooth(0.05, 0.025, abs(q.y - 0.26 + side * 0.06)) * Curves.smooth(0.72, 0.6, side)
                skin = skin.mixed(with: second, brow * Curves.smooth(0.08, 0.2, side) * 0.8)
                let mouth = near * Curves.smooth(0.07, 0.03, abs(q.y + 0.5)) * Curves.smooth(0.34, 0.24, side)
                skin = skin.mixed(with: Vector(colour.x * 0.62, colour.y * 0.35, colour.z * 0.36), mouth * 0.8)
            }
            if scale == 1 {
                let glass = Curves.smooth(0.26, 0.2, length(side - 0.38, (q.y - 0.1) * 1.5))
                skin = skin.mixed(with: third, glass * (seed & 1 == 0 ? 0.85 : 0.25))
            } else if scale == 2, q.y < 0 {
                skin = third
            }
            // Beards, on a few.
            if seed % 9 == 0 {
                let beard = Curves.smooth(-0.3, -0.5, q.y - side * 0.25)
                skin = skin.mixed(with: second, beard * 0.75)
            }
        }
        skin = skin * (1 - 0.25 * Curves.smooth(-0.55, -0.95, q.y))
        let cropped = hair(q, curly: false)
        // Hair of this kind is cropped: skin shines through at its edge.
        return Texel(
            colour: skin.mixed(with: second * (cropped.colour.luminance / max(colour.luminance, 1e-4)), hairy),
            bump: cropped.bump * hairy, shine: 0.1)
    }

    private func hair(_ q: Vector, curly: Bool) -> Texel {
        let around = Curves.angle(q.x, q.z) * (curly ? 4 : 9)
        let strand = Noise.plane(around, q.y * (curly ? 7 : 1.6), seed: seed)
        let lock = Noise.space(q * (curly ? 5 : 2.2), seed: seed &+ 3)
        let tone = 0.55 + 0.55 * strand + 0.45 * lock
        let bump = Vector(lock - 0.5, strand - 0.5, lock - strand) * (curly ? 0.9 : 0.4)
        return Texel(colour: colour * tone, bump: bump, shine: 0.13)
    }

    private func cloth(_ m: Vector, _ footprint: Float) -> Texel {
        var tone = colour
        switch pattern {
        case .bands: tone = banded(m.y, footprint)
        case .stripes: tone = banded(m.x, footprint)
        case .checks:
            let along = band(m.y, footprint)
            let across = band(m.x, footprint)
            tone = colour.mixed(with: second, (along + across) * 0.5)
        case .speckles:
            let spot = Noise.space(m * (1.2 / scale), seed: seed)
            tone = colour.mixed(with: second, Curves.smooth(0.55, 0.65, spot))
        case .print:
            let (x, y) = (m.x / 0.1, (m.y - 0.24) / 0.09)
            let ragged = Noise.plane(x * 2.5, y * 2.5, seed: seed)
            if m.z > 0 && x * x + y * y < 1 { tone = colour.mixed(with: second, Curves.smooth(0.4, 0.55, ragged)) }
        case .jacket:
            let opening = 0.022 + 0.07 * Curves.clamped(m.y * 2.6 - 0.2)
            if m.z > 0 && abs(m.x) < opening {
                tone = second
                if amount > 0 && abs(m.x) < 0.018 { tone = third }
            }
        default: break
        }
        // Folds run down and across; they show in the shading more than in the colour.
        let drape = Vector(m.x * 11 + m.y * 3, m.y * 4, m.z * 11)
        let warp = Noise.space(drape, seed: seed &+ 11)
        let crease = Noise.space(
            Vector(m.x * 4 + m.y * 9 + warp * 1.5, m.y * 7 - m.x * 3, m.z * 6), seed: seed &+ 12)
        // A ridge of each noise is a sharp fold: the slope turns where the noise passes its middle.
        let (fold, ply) = (warp - 0.5, crease - 0.5)
        let sharp = Curves.smooth(0.13, 0, abs(ply)) * Curves.smooth(-0.1, 0.25, fold)
        let bump = Vector(fold * 1.3 + (ply > 0 ? sharp : -sharp) * 0.4, ply * 0.9 - sharp * 0.35, crease - warp) * 0.8
        let weave = footprint < 0.012 ? (Noise.space(m * 70, seed: seed &+ 13) - 0.5) * 0.16 : 0
        return Texel(colour: tone * (0.74 + 0.3 * warp + 0.16 * crease - 0.2 * sharp + weave), bump: bump, shine: 0.02)
    }

    private func banded(_ place: Float, _ footprint: Float) -> Vector {
        colour.mixed(with: second, band(place, footprint))
    }

    /// 0 or 1 by turns along `place`; one half where a pixel holds several.
    private func band(_ place: Float, _ footprint: Float) -> Float {
        if footprint > scale * 0.6 { return 0.5 }
        let part = place / scale
        return part - part.rounded(.down) < 0.5 ? 1 : 0
    }

    private func leaves(_ q: Vector) -> Texel {
        let leaf = Noise.space(q * 10, seed: seed)
        let clump = Noise.space(q * 2.6, seed: seed &+ 1)
        let fine = Noise.space(q * 23, seed: seed &+ 2)
        let tone = colour.mixed(with: second, Curves.clamped(leaf * 0.7 + clump * 0.5 - 0.1))
        let bump = Vector(leaf - 0.5, clump - 0.3, fine - 0.5) * 1.6
        return Texel(colour: tone * (0.3 + 0.6 * fine + 0.5 * clump), bump: bump, shine: 0.02)
    }

    private func facade(_ q: Vector, _ m: Vector, _ footprint: Float) -> Texel {
        let stain = Noise.cloud(m.x * 0.4 + m.z * 0.4, m.y * 0.25, seed: seed)
        var texel = Texel(colour: colour * (0.85 + 0.3 * stain))
        let run = abs(q.x) > abs(q.z) && abs(q.x) > 0.999 ? m.z : m.x
        // Shops with wide windows stand below, a ledge above them.
        let above = abs(q.y) > 0.001 ? m.y + m.y / q.y : 9
        if above > 3.3 && above < 3.7 {
            texel.colour = texel.colour * 1.25
            return texel
        }
        let wide: Float = above < 3.3 ? 1.7 : 1
        let (column, row) = (run / (scale * wide), above < 3.3 ? above / 3.3 : (above - 3.7) / (scale * 1.15))
        let (u, v) = (column - column.rounded(.down), row - row.rounded(.down))
        let soft = max(0.02, footprint / scale)
        let inside =
            Curves.smooth(0.16 - soft, 0.16 + soft, u) * Curves.smooth(0.84 + soft, 0.84 - soft, u)
            * Curves.smooth(0.22 - soft, 0.22 + soft, v) * Curves.smooth(0.82 + soft, 0.82 - soft, v)
        guard inside > 0, abs(q.y) < 0.999 else { return texel }
        let pane = Noise.lattice(Int32(column.rounded(.down)), Int32(row.rounded(.down)), 1, seed: seed)
        let glass = second * (0.5 + pane)
        texel.colour = texel.colour.mixed(with: glass, inside)
        if pane < (above < 3.3 ? amount * 2 : amount) { texel.glow = third * (inside * (0.5 + pane)) }
        texel.shine = 0.1 * inside
        return texel
    }

    private func sign(_ q: Vector) -> Texel {
        let lines: Float = 2 + Float(seed % 3)
        let (line, run) = ((q.y + 1) * 0.5 * lines, (q.x + 1) * 5)
        // Letters: upright strokes with bars across, some places left blank between words.
        let (row, place) = (line.rounded(.down), run * 1.6)
        let letter = place.rounded(.down)
        let (u, v) = (place - letter, (line - row - 0.22) / 0.6)
        func dice(_ number: Int32) -> Float { Noise.lattice(Int32(letter), Int32(row), number, seed: seed) }
        let stroke = (u < 0.26 && dice(1) < 0.8) || (u > 0.48 && u < 0.72 && dice(2) < 0.6)
        let bar = u < 0.72 && abs(v - (dice(3) < 0.5 ? 0.1 : (dice(3) < 0.8 ? 0.5 : 0.9))) < 0.13
        let written = abs(q.x) < 0.85 && v > 0 && v < 1 && dice(4) < 0.85 && (stroke || bar)
        return Texel(colour: written ? second : colour, shine: 0.05)
    }

    private func length(_ x: Float, _ y: Float) -> Float { (x * x + y * y).squareRoot() }
}
