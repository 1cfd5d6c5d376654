import Glibc
import Inference

/// A script of the checkout's Tests/Benchmarks, which a measurement is held against.
enum PythonScript {
    /// Runs a script that prints one number.
    /// - Returns: `nil` where there is no checkout, no such Python, or a module that the script needs is missing.
    static func number(of script: String, _ arguments: [String], python: String) -> Double? {
        guard
            let path = ProgramFolders.checkouts.map({ $0 + "/Tests/Benchmarks/" + script }).first(where: {
                access($0, R_OK) == 0
            })
        else { return nil }
        let words = ([python, path] + arguments).map {
            "'" + $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
        }
        guard let pipe = popen(words.joined(separator: " ") + " 2>/dev/null", "r") else { return nil }
        defer { pclose(pipe) }
        var text = [CChar](repeating: 0, count: 64)
        guard fgets(&text, Int32(text.count), pipe) != nil else { return nil }
        return Double(String(decoding: text.prefix { $0 > 32 }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
}
