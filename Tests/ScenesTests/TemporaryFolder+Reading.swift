import Foundation
import TestSupport

extension TemporaryFolder {
    /// Names of what lies at `relative`, sorted.
    func names(in relative: String = "") -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path + "/" + relative).sorted()) ?? []
    }

    /// The bytes of a file; empty where there is none.
    func bytes(of relative: String) -> [UInt8] {
        FileManager.default.contents(atPath: path + "/" + relative).map { [UInt8]($0) } ?? []
    }

    /// The lines of a text file, without the last, empty one.
    func lines(of relative: String) -> [String] {
        String(decoding: bytes(of: relative), as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
