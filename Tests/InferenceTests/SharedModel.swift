import Density

/// The networks of ../shared/models, read as its README says.
enum SharedModel: String, CaseIterable {
    case sanetB = "sanet-b"
    case mcnnA = "mcnn-a"
    case mcnnB = "mcnn-b"
    case mcnnNWPU = "mcnn-nwpu"

    var preprocessing: Preprocessing {
        switch self {
        case .sanetB:
            Preprocessing(
                colour: .rgb, mean: .init(repeating: 127.5, count: 3), scale: .init(repeating: 1 / 255, count: 3))
        case .mcnnA, .mcnnB:
            Preprocessing(colour: .gray, mean: [0], scale: [1])
        case .mcnnNWPU:
            Preprocessing(
                colour: .rgb, mean: [0.446139603853, 0.409515678883, 0.395083993673].map { $0 * 255 },
                scale: [0.288205742836, 0.278144598007, 0.283502370119].map { 1 / (255 * $0) })
        }
    }

    var outputStride: Int { self == .sanetB ? 1 : 4 }

    /// The original of mcnn-nwpu counts in hundredths on four times as many cells per side; see the README there.
    var densityScale: Float { self == .mcnnNWPU ? 0.16 : 1 }
}
