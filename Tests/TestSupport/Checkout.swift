import FoundationEssentials

/// The checkout that the tests were built from.
public enum Checkout {
    /// The folder that holds Package.swift.
    public static let root: String = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 }

    /// The program that was built with the tests, and lies beside them.
    public static let program: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: tests).deletingLastPathComponent().path + "/headcount"
    }()
}
