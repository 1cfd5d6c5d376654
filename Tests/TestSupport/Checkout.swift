/// The checkout that the tests were built from.
public enum Checkout {
    /// The folder that holds Package.swift.
    public static let root: String = #filePath.split(separator: "/").dropLast(3).reduce(into: "") { $0 += "/" + $1 }
}
