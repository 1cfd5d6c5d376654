import FoundationEssentials
import Glibc
import Testing

/// A program of Debian that a test runs, which this machine may lack.
struct InstalledTool: Sendable {
    static let fish = InstalledTool("fish")
    static let zsh = InstalledTool("zsh")
    static let mandoc = InstalledTool("mandoc")
    static let promtool = InstalledTool("promtool", package: "prometheus")

    /// The Debian package that brings it.
    let package: String
    /// Where it lies; `nil` where it is not installed.
    let path: String?

    init(_ name: String, package: String? = nil) {
        self.package = package ?? name
        path = ["/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + name }.first { access($0, X_OK) == 0 }
    }

    var isPresent: Bool { path != nil }
    var absence: Comment { "the Debian package \(package) is not installed: Deploy/packages --tests" }
}
