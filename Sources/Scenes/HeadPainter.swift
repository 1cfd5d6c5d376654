/// Builds a person's neck, head, hair and hat out of solids.
struct HeadPainter {
    private let person: Person
    private let fine: Bool
    private let body: Frame
    private let head: Frame
    private let owner: Solid.Owner
    private let trunkOwner: Solid.Owner
    /// Half axes of the skull in metres.
    private let skull: Vector
    private(set) var solids: [Solid] = []
    /// Middle of the skull.
    private(set) var centre = Vector.zero

    init(_ person: Person, index: Int, fine: Bool, body: Frame) {
        self.person = person
        self.fine = fine
        self.body = body
        head = Frame(heading: person.heading + person.turn).turned(nod: person.nod, tilt: person.tilt)
        owner = .head(index)
        trunkOwner = .body(index)
        // A child's head is nearly as large as a grown person's.
        let size = (0.55 + 0.45 * person.stature / 1.7) * (0.97 + 0.03 * person.build)
        skull = Vector(0.081, 0.118, 0.1) * size
    }

    mutating func paint(above neck: Vector) {
        var skin = Surface(.plain, person.skin * 0.88)
        skin.seed = person.seed
        let nape = body.place(neck, 0, person.stature * 0.036, person.stature * 0.014)
        solids.append(
            .cone(
                from: neck, person.stature * 0.034 * person.build, to: nape, person.stature * 0.031, front: body.front,
                skin, trunkOwner))
        centre = head.place(nape, 0, skull.y * 0.78, skull.z * 0.22)
        solids.append(.ellipsoid(at: centre, head, radii: skull, face(), owner))
        if fine { paintFeatures(skin) }
        paintHair()
        paintHat()
    }

    private func face() -> Surface {
        var face = Surface(.face, person.skin)
        face.second = person.hairStyle == .bald ? person.skin * 0.85 : person.hair
        face.third = person.mask ? Vector(0.45, 0.55, 0.65) : Vector(0.02)
        face.scale = person.mask ? 2 : (person.glasses ? 1 : 0)
        face.amount = person.hairStyle == .bald ? 0.5 : Noise.lattice(1, 2, 3, seed: person.seed) * 0.25
        face.seed = person.seed
        return face
    }

    private mutating func paintFeatures(_ skin: Surface) {
        solids.append(
            .cone(
                from: head.place(centre, 0, skull.y * 0.08, skull.z * 0.95), 0.008,
                to: head.place(centre, 0, -skull.y * 0.2, skull.z * 1.02), 0.014, front: head.front,
                Surface(.plain, person.skin), owner))
        let covered = person.hairStyle == .long || person.hairStyle == .bob
        if covered || person.hat == .beanie || person.hat == .scarf || person.hat == .hood { return }
        for side in [Float(-1), 1] {
            solids.append(
                .ellipsoid(
                    at: head.place(centre, side * skull.x * 0.98, -skull.y * 0.02, -skull.z * 0.05), head,
                    radii: Vector(0.014, 0.032, 0.02), skin, owner))
        }
    }

    private mutating func paintHair() {
        if person.hat == .scarf || person.hat == .hood { return }
        var hair = Surface(.hair, person.hair)
        hair.seed = person.seed
        func mass(_ x: Float, _ y: Float, _ z: Float, _ radii: Vector, cut: (Vector, Float)? = nil) {
            var solid = Solid.ellipsoid(
                at: head.place(centre, x * skull.x, y * skull.y, z * skull.z), head, radii: radii * skull, hair, owner)
            if let cut { solid.cut = (cut.0.normalized(), cut.1) }
            solids.append(solid)
        }
        let fringe = Noise.lattice(7, 7, 7, seed: person.seed)
        let volume = 1 + 0.16 * Noise.lattice(8, 8, 8, seed: person.seed)
        let cap: (Vector, Float) = (Vector(0, 0.72, -0.7), -0.1 + fringe * 0.18)
        switch person.hairStyle {
        case .bald, .cropped:
            break
        case .short:
            mass(
                0, 0.1, -0.07, Vector(1.13, 1.03, 1.1) * volume,
                cut: (Vector(0, 0.85, -0.5), fringe * 0.14 - 0.02))
        case .curly:
            hair.amount = 1
            mass(0, 0.16, -0.08, Vector(1.3, 1.12, 1.22), cut: (Vector(0, 0.72, -0.7), -0.02))
        case .bob:
            mass(0, 0.08, -0.07, Vector(1.16, 1.06, 1.13) * volume, cut: cap)
            mass(0, -0.25, -0.25, Vector(1.22, 1.0, 1.0) * volume, cut: (Vector(0, 0, -1), -0.45))
        case .long:
            mass(0, 0.08, -0.06, Vector(1.14, 1.05, 1.12) * volume, cut: cap)
            mass(0, -0.25, -0.25, Vector(1.18, 1.0, 0.98) * volume, cut: (Vector(0, 0, -1), -0.42))
            solids.append(
                .cone(
                    from: head.place(centre, 0, -skull.y * 0.1, -skull.z * 0.45), skull.x * 1.08,
                    to: body.place(centre, 0, -skull.y * (1.7 + fringe), -skull.z * 0.75), skull.x * 1.0,
                    front: body.front, flatness: 0.55, hair, owner))
        case .bun:
            mass(0, 0.05, -0.05, Vector(1.07, 1.03, 1.06), cut: cap)
            mass(0, 0.55 + fringe * 0.4, -0.95, Vector(0.42, 0.3, 0.4))
        case .tail:
            mass(0, 0.05, -0.05, Vector(1.07, 1.03, 1.06), cut: cap)
            solids.append(
                .cone(
                    from: head.place(centre, 0, skull.y * 0.3, -skull.z * 1.1), skull.x * 0.36,
                    to: body.place(centre, 0, -skull.y * (1.1 + fringe), -skull.z * 1.35), skull.x * 0.22,
                    front: body.front, hair, owner))
        }
    }

    private mutating func paintHat() {
        var cloth = Surface(.cloth, person.hatColour)
        cloth.seed = person.seed &+ 5
        func dome(_ y: Float, _ radii: Vector, _ direction: Vector, _ offset: Float) {
            var solid = Solid.ellipsoid(
                at: head.place(centre, 0, y * skull.y, -0.05 * skull.z), head, radii: radii * skull, cloth, owner)
            solid.cut = (direction.normalized(), offset)
            solids.append(solid)
        }
        switch person.hat {
        case .none:
            break
        case .cap:
            dome(0.14, Vector(1.17, 1.02, 1.14), Vector(0, 1, -0.1), 0.2)
            let turned: Float = person.seed % 7 == 0 ? -1 : 1
            solids.append(
                .ellipsoid(
                    at: head.place(centre, 0, skull.y * 0.36, turned * skull.z * 1.25), head,
                    radii: Vector(0.85, 0.07, 0.75) * skull, cloth, owner))
        case .beanie:
            dome(0.12, Vector(1.17, 1.1, 1.15), Vector(0, 1, -0.25), 0.08)
        case .brim:
            dome(0.25, Vector(1.12, 0.95, 1.1), Vector(0, 1, 0), 0.1)
            solids.append(
                .ellipsoid(
                    at: head.place(centre, 0, skull.y * 0.38, 0), head, radii: Vector(2.1, 0.1, 1.8) * skull, cloth,
                    owner))
        case .scarf, .hood:
            dome(0.03, Vector(1.2, 1.1, 1.2), Vector(0, 0.45, -0.9), -0.3)
            solids.append(
                .cone(
                    from: head.place(centre, 0, -skull.y * 0.75, -skull.z * 0.45), skull.x * 0.95,
                    to: body.place(centre, 0, -skull.y * 1.75, -skull.z * 0.2), skull.x * 1.5, front: body.front,
                    flatness: 0.85, cloth, trunkOwner))
        }
    }
}
