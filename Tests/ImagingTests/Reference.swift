import Density
import Imaging
import Testing

/// One line of decoded.csv or resized.csv.
struct Reference: Sendable, CustomTestStringConvertible {
    let file: String
    let size: PixelSize
    let resampling: Resampling?
    let digest: String

    init?(_ fields: [String]) {
        guard fields.count >= 4, let width = Int(fields[1]), let height = Int(fields[2]) else { return nil }
        file = fields[0]
        size = PixelSize(width: width, height: height)
        resampling = fields.count == 5 ? Resampling(rawValue: fields[3]) : nil
        digest = fields[fields.count - 1]
    }

    var testDescription: String { "\(file) \(size) \(resampling?.rawValue ?? "")" }
}
