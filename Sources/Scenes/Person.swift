/// One person of a scene, described by looks and pose.
struct Person: Sendable {
    enum HairStyle: Sendable { case bald, cropped, short, curly, bob, long, bun, tail }
    enum Hat: Sendable { case none, cap, beanie, brim, scarf, hood }
    enum Legs: Sendable { case trousers, shorts, skirt, dress, coat }
    enum Sleeves: Sendable { case none, short, long }
    enum Arms: Sendable { case hanging, swinging, holding, folded, pockets, raised, pointing }
    enum Load: Sendable { case none, backpack, shoulderBag, handBag, umbrella, placard }

    /// Between the feet, on the ground.
    var place: Vector
    /// Metres from the ground to the top of the head.
    var stature: Float
    /// Width as a part of the usual.
    var build: Float
    /// Radians; 0 faces away from the camera.
    var heading: Float
    /// Of the head: to the right, down, and leaned, in radians.
    var turn: Float = 0
    var nod: Float = 0
    var tilt: Float = 0
    /// Lean of the upper body forward, in radians.
    var bow: Float = 0
    /// Length of the step under way as a part of the leg, -1 ... 1.
    var stride: Float = 0
    var arms: Arms = .hanging
    var load: Load = .none
    var seated = false

    var skin: Vector
    var hair: Vector
    var hairStyle: HairStyle
    var hat: Hat = .none
    var hatColour = Vector.zero
    var glasses = false
    var mask = false
    var top: Surface
    var bottom: Surface
    var shoes: Vector
    var legs: Legs
    var sleeves: Sleeves
    var loadColour = Vector.zero
    /// Seed of the folds, strands and stains.
    var seed: UInt32
}
