import Archive
import Digest

extension CountResult {
    /// A count that nobody counted.
    static func test(_ image: Int, count: Double = 1) throws -> CountResult {
        CountResult(
            image: image, count: count, tiles: 1, width: 640, height: 480, pictureDigest: try SHA256Digest(of: [1]),
            pictureBytes: 1, times: StepTimes(fetch: .zero, decode: .zero, infer: .zero))
    }
}
