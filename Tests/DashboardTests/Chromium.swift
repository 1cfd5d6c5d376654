import Foundation
import Testing

/// The browser that the page is tried in, which this machine may lack.
enum Chromium {
    static let path = "/usr/bin/chromium"
    static var isPresent: Bool { FileManager.default.isExecutableFile(atPath: path) }
    static let absence: Comment = "the Debian package chromium is not installed: Deploy/packages --tests"
}
