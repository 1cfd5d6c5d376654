import Foundation
import TestSupport
import Testing

/// The vendor's simulator of the chip.
enum SimulatorInstallation {
    static let folder = Checkout.root + "/.runtime/sophon-simulator"
    static let isPresent = FileManager.default.fileExists(atPath: folder + "/.stamp")
    static let absence: Comment = "no simulator: run Deploy/sophon-simulator"
}
