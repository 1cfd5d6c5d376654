/// Builds a person's body out of solids.
///
/// Measures are parts of the stature, after the usual drawing canon of seven and a half heads.
struct PersonPainter {
    private let person: Person
    private let index: Int
    /// Below this many pixels of head height, small parts are left out.
    private let fine: Bool
    private(set) var solids: [Solid] = []
    /// Middle of the skull, in the scene.
    private(set) var headCentre = Vector.zero

    private let hips: Frame
    private let trunk: Frame
    private let tall: Float
    private let wide: Float

    /// - Parameters:
    ///   - index: number of the person in the scene.
    ///   - headPixels: height of the head in the picture.
    init(_ person: Person, index: Int, headPixels: Float) {
        self.person = person
        self.index = index
        fine = headPixels >= 9
        hips = Frame(heading: person.heading)
        trunk = hips.turned(nod: person.bow, tilt: person.tilt * 0.3)
        tall = person.stature
        wide = person.stature * person.build
        paint()
    }

    private mutating func paint() {
        let floor = person.seated ? person.place - Vector(0, tall * 0.24, 0) : person.place
        let pelvis = floor + Vector(0, tall * 0.52, 0)
        let neck = trunk.place(pelvis, 0, tall * 0.305, 0)
        paintTrunk(pelvis, neck)
        paintArms(neck)
        paintLegs(pelvis)
        paintLoad(neck, pelvis)
        var painter = HeadPainter(person, index: index, fine: fine, body: trunk)
        painter.paint(above: neck)
        headCentre = painter.centre
        solids += painter.solids
        for number in solids.indices { solids[number].ground = person.place.y }
    }

    private var body: Solid.Owner { .body(index) }

    /// `surface` with folds of its own for each part of the body.
    private func sewn(_ surface: Surface, _ part: UInt32) -> Surface {
        var sewn = surface
        sewn.seed = person.seed &+ part &* 7919
        return sewn
    }

    private mutating func paintTrunk(_ pelvis: Vector, _ neck: Vector) {
        let first = solids.count
        let chest = trunk.place(neck, 0, -tall * 0.115, 0)
        let top = sewn(person.top, 1)
        let thick: Float = person.legs == .coat ? 1.1 : (person.sleeves == .long ? 1.05 : 1)
        // Most shirts hang over the trousers, some are tucked in.
        let hem: Float = person.seed % 3 == 0 ? 0 : 0.045
        solids.append(
            .cone(
                from: trunk.place(pelvis, 0, -tall * hem, 0), wide * 0.09 * thick, to: chest, wide * 0.094 * thick,
                front: trunk.front, flatness: 0.66, top, body))
        for side in [Float(-1), 1] {
            let joint = trunk.place(neck, side * wide * 0.094, -tall * 0.035, 0)
            solids.append(
                .cone(
                    from: trunk.place(neck, side * wide * 0.02, tall * 0.008, -tall * 0.004), wide * 0.03,
                    to: joint, wide * 0.037, front: trunk.front, flatness: 0.95, top, body))
            solids.append(
                .cone(
                    from: joint, wide * 0.04, to: trunk.place(chest, side * wide * 0.045, -tall * 0.05, 0),
                    wide * 0.066, front: trunk.front, flatness: 0.66, top, body))
        }
        for number in first..<solids.count { solids[number].drape = (pelvis, trunk) }
    }

    private mutating func paintArms(_ neck: Vector) {
        var skin = Surface(.plain, person.skin)
        skin.seed = person.seed
        let hasFront = person.top.pattern == .print || person.top.pattern == .jacket
        let cloth = sewn(hasFront ? Surface(.cloth, person.top.colour) : person.top, 2)
        for (number, side) in [Float(-1), 1].enumerated() {
            let shoulder = trunk.place(neck, side * wide * 0.107, -tall * 0.042, 0)
            let (elbow, hand) = arm(from: shoulder, side: side, number: number)
            let upper = person.sleeves == .none ? skin : cloth
            let lower = person.sleeves == .long ? cloth : skin
            solids.append(
                .cone(
                    from: shoulder, wide * (person.sleeves == .none ? 0.028 : 0.034), to: elbow, wide * 0.026,
                    front: trunk.front, upper, body))
            solids.append(
                .cone(
                    from: elbow, wide * (person.sleeves == .long ? 0.027 : 0.023), to: hand, wide * 0.018,
                    front: trunk.front, lower, body))
            if fine {
                let reach = (hand - elbow).normalized()
                solids.append(
                    .cone(
                        from: hand + reach * (tall * 0.008), tall * 0.017, to: hand + reach * (tall * 0.045),
                        tall * 0.017, front: trunk.front, skin, body))
            }
        }
    }

    /// Elbow and wrist of one arm.
    private func arm(from shoulder: Vector, side: Float, number: Int) -> (elbow: Vector, hand: Vector) {
        let long = tall * 0.172
        let swing = person.stride * side
        let loose = Noise.lattice(Int32(number), 5, 0, seed: person.seed)
        func bent(_ a: Vector, _ b: Vector) -> (Vector, Vector) {
            let (first, second) = (a.normalized() * long, b.normalized() * (long * 0.92))
            let elbow = trunk.place(shoulder, first.x, first.y, first.z)
            return (elbow, trunk.place(elbow, second.x, second.y, second.z))
        }
        switch person.arms {
        case .hanging:
            return bent(Vector(side * 0.14, -1, -0.08), Vector(side * 0.05, -1, 0.12 + 0.2 * loose))
        case .swinging:
            return bent(Vector(side * 0.13, -1, -swing * 0.8), Vector(side * 0.02, -1, 0.25 - swing))
        case .holding:
            if number == 1 && loose > 0.5 { return bent(Vector(side * 0.14, -1, 0), Vector(0, -1, 0.2)) }
            return bent(Vector(side * 0.12, -1, 0.25), Vector(-side * 0.5, 0.15 + loose * 0.6, 0.9))
        case .folded:
            return bent(Vector(side * 0.18, -1, 0.2), Vector(-side, 0.1, 0.45))
        case .pockets:
            return bent(Vector(side * 0.35, -1, -0.3), Vector(-side * 0.25, -1, 0.35))
        case .raised:
            return bent(Vector(side * 0.5, 0.8, 0.3), Vector(side * (loose - 0.6), 1, 0.2))
        case .pointing:
            if number == 0 { return bent(Vector(side * 0.14, -1, 0), Vector(0, -1, 0.2)) }
            return bent(Vector(side * 0.3, 0.1 + loose * 0.6, 1), Vector(-side * 0.1, 0.5 + loose, 0.6))
        }
    }

    private mutating func paintLegs(_ pelvis: Vector) {
        var skin = Surface(.plain, person.skin)
        skin.seed = person.seed
        let cloth = sewn(person.bottom, 3)
        let bare = person.legs != .trousers && person.legs != .coat
        for side in [Float(-1), 1] {
            let hip = hips.place(pelvis, side * wide * 0.05, -tall * 0.02, 0)
            let step = person.seated ? 0 : person.stride * side
            let knee =
                person.seated
                ? hips.place(hip, side * wide * 0.02, -tall * 0.01, tall * 0.24)
                : hips.place(hip, 0, -tall * 0.235, tall * (0.02 + 0.1 * step))
            let ankle = hips.place(knee, 0, -tall * 0.225, tall * (person.seated ? 0.02 : -0.035 + 0.11 * step))
            let thigh = person.legs == .shorts ? wide * 0.06 : wide * 0.053
            solids.append(
                .cone(
                    from: hip, thigh, to: knee, wide * (bare ? 0.036 : 0.039), front: hips.front,
                    person.legs == .skirt || person.legs == .dress ? skin : cloth, body))
            solids.append(
                .cone(
                    from: knee, wide * (bare ? 0.03 : 0.038), to: ankle, wide * (bare ? 0.019 : 0.029),
                    front: hips.front, bare ? skin : cloth, body))
            if fine {
                solids.append(
                    .cone(
                        from: hips.place(ankle, 0, -tall * 0.018, -tall * 0.01), tall * 0.022,
                        to: hips.place(ankle, 0, -tall * 0.027, tall * 0.085), tall * 0.017, front: Vector(0, 1, 0),
                        Surface(.plain, person.shoes), body))
            }
        }
        solids.append(
            .cone(
                from: hips.place(pelvis, 0, -tall * 0.035, 0), wide * 0.086, to: hips.place(pelvis, 0, tall * 0.02, 0),
                wide * 0.08, front: hips.front, flatness: 0.72, cloth, body))
        switch person.legs {
        case .skirt, .dress, .coat:
            let hem: Float = person.legs == .coat ? 0.2 : 0.26
            solids.append(
                .cone(
                    from: hips.place(pelvis, 0, -tall * hem, 0), wide * 0.105,
                    to: hips.place(pelvis, 0, tall * 0.04, 0), wide * 0.078, front: hips.front, flatness: 0.72,
                    person.legs == .skirt ? cloth : sewn(person.top, 4), body))
        case .trousers, .shorts:
            break
        }
    }

    private mutating func paintLoad(_ neck: Vector, _ pelvis: Vector) {
        var cloth = Surface(.cloth, person.loadColour)
        cloth.seed = person.seed &+ 99
        let side: Float = person.seed & 1 == 0 ? 1 : -1
        switch person.load {
        case .none:
            break
        case .backpack:
            solids.append(
                .cone(
                    from: trunk.place(neck, 0, -tall * 0.2, -tall * 0.095), wide * 0.07,
                    to: trunk.place(neck, 0, -tall * 0.09, -tall * 0.09), wide * 0.065, front: trunk.front,
                    flatness: 0.6, cloth, body))
        case .shoulderBag:
            solids.append(
                .cone(
                    from: hips.place(pelvis, side * wide * 0.12, -tall * 0.01, 0), tall * 0.05,
                    to: hips.place(pelvis, side * wide * 0.12, tall * 0.05, 0), tall * 0.045, front: hips.right,
                    flatness: 0.4, cloth, body))
            solids.append(
                .cone(
                    from: hips.place(pelvis, side * wide * 0.12, tall * 0.05, tall * 0.02), tall * 0.007,
                    to: trunk.place(neck, -side * wide * 0.06, 0, tall * 0.03), tall * 0.007, front: hips.front, cloth,
                    body))
        case .handBag:
            solids.append(
                .ellipsoid(
                    at: hips.place(pelvis, side * wide * 0.17, -tall * 0.13, tall * 0.03), hips,
                    radii: Vector(0.035, 0.08, 0.07) * tall, cloth, body))
        case .umbrella:
            let grip = trunk.place(neck, side * wide * 0.1, -tall * 0.08, tall * 0.13)
            let point = grip + Vector(0, tall * 0.42, 0)
            solids.append(
                .cone(
                    from: grip, 0.008, to: point, 0.008, front: hips.front, Surface(.plain, Vector(0.05)), body))
            var dome = Solid.ellipsoid(
                at: point - Vector(0, tall * 0.12, 0), hips, radii: Vector(0.55, 0.26, 0.55), cloth, body)
            dome.cut = (Vector(0, 1, 0), 0.25)
            solids.append(dome)
        case .placard:
            let grip = trunk.place(neck, side * wide * 0.1, -tall * 0.08, tall * 0.13)
            let board = grip + Vector(0, tall * 0.5, 0)
            solids.append(
                .cone(
                    from: grip, 0.012, to: board, 0.012, front: hips.front, Surface(.plain, Vector(0.2, 0.13, 0.07)),
                    body))
            var sign = Surface(.sign, Vector(0.62))
            sign.second = person.loadColour * 0.5
            sign.seed = person.seed
            var panel = Solid.box(at: board, hips, radii: Vector(0.32, 0.22, 0.01), sign)
            panel.owner = body
            solids.append(panel)
        }
    }
}
