import FoundationEssentials
import Glibc

/// The folder of other people's models and pictures beside the project, which a checkout may lack.
public enum SharedData {
    /// Why a test that needs the folder is skipped.
    public static let absence: String = "../shared is absent: its models and pictures are not part of the project"

    /// The folder, where it is there. Found from this source file, so that tests run from any directory.
    public static let folder: String? = {
        let path = Checkout.root + "/../shared"
        return access(path + "/models/README.md", R_OK) == 0 ? path : nil
    }()

    /// True where the folder is there: `@Test(.enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))`.
    public static var isPresent: Bool { folder != nil }

    /// The bytes of a file.
    public static func bytes(of path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: path)))
    }
}
