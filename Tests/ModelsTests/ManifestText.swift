import Digest

/// A manifest as a person writes it, from which tests change one part at a time.
enum ManifestText {
    static let weights: [UInt8] = Array("weights".utf8)

    static func valid() throws -> String {
        let digest = try SHA256Digest(of: weights)
        return """
            {
              "name": "crowd-1",
              "description": "a test",
              "licence": "MIT",
              "input": {
                "width": 768, "height": 576, "colour": "rgb",
                "mean": [113.76559877, 104.42649814, 100.74641838],
                "scale": [0.013606960, 0.014099075, 0.013832591]
              },
              "output": { "stride": 8, "densityScale": 0.16 },
              "plan": "grid:2x2",
              "files": {
                "openvino": [{ "path": "crowd.onnx", "batch": 1, "sha256": "\(digest)" }],
                "bm1684": [
                  { "path": "bm1684/four.bmodel", "batch": 4, "sha256": "\(digest)" },
                  { "path": "bm1684/one.bmodel", "batch": 1, "sha256": "\(digest)" }
                ]
              }
            }
            """
    }

    /// The valid text with `part` written as `other`.
    static func with(_ part: String, as other: String) throws -> [UInt8] {
        let text = try valid()
        precondition(text.contains(part), "the valid manifest has no \(part)")
        return Array(text.split(separator: part, omittingEmptySubsequences: false).joined(separator: other).utf8)
    }
}
