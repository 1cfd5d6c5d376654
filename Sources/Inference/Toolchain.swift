import Digest
import FoundationEssentials
import Glibc

/// The vendor's compiler for BM1684 in a virtual environment, as `Deploy/toolchain` sets it up, and our programs for it.
public struct Toolchain: Sendable, Hashable {
    /// The environment variable that names the virtual environment.
    public static let variable = "HEADCOUNT_TOOLCHAIN"

    /// The virtual environment.
    public let folder: String
    /// Where our own programs for it lie.
    public let programs: String
    /// What compiles, such as `tpu_mlir 1.30.2`.
    public let version: String

    /// Finds the compiler in `named`, else where `variable` says, else in the checkout or the installation.
    /// - Throws: `InferenceError.libraryMissing` with the places, also where the environment holds other versions than
    ///   those that our programs were written for.
    public init(named: String? = nil) throws(InferenceError) {
        let installed = ProgramFolders.executable.map { [$0 + "/../lib/headcount/toolchain"] } ?? []
        let places =
            (named ?? ProgramFolders.variable(Self.variable)).map { [$0] }
            ?? ProgramFolders.checkouts.map { $0 + "/.runtime/toolchain" } + installed
        guard let folder = places.first(where: { access($0 + "/.stamp", R_OK) == 0 }) else {
            throw .libraryMissing(
                name: Self.name, searched: places, reason: "it is not there", remedy: Self.remedy)
        }
        let share = ProgramFolders.executable.map { $0 + "/../share/headcount/compiler" }
        let programs =
            ProgramFolders.variable("HEADCOUNT_SHARE").map { [$0 + "/compiler"] }
            ?? ProgramFolders.checkouts.map { $0 + "/Deploy/compiler" } + [share].compactMap { $0 }
        guard let found = programs.first(where: { access($0 + "/reference.py", R_OK) == 0 }) else {
            throw .libraryMissing(
                name: "reference.py", searched: programs, reason: "it is not there", remedy: Self.remedy)
        }
        guard Self.stamp(for: found) == Self.words(in: folder + "/.stamp").first else {
            throw .libraryMissing(
                name: Self.name, searched: [folder], reason: "it was set up for another version of headcount",
                remedy: "run Deploy/toolchain again")
        }
        self.folder = folder
        self.programs = found
        version = Self.version(of: "tpu_mlir", in: found)
    }

    /// What messages call it.
    static let name = "the compiler for BM1684"
    static let remedy = "Deploy/toolchain sets it up"

    /// The words that run one of our programs.
    public func program(_ name: String) -> [String] { [folder + "/bin/python", programs + "/" + name] }

    /// The words that run one of the compiler's tools.
    public func tool(_ name: String) -> [String] { [folder + "/bin/python", folder + "/bin/" + name] }

    /// The environment that both need.
    public var environment: [String] {
        let kept = ["HOME", "TMPDIR", "TZ"].compactMap { name in
            ProgramFolders.variable(name).map { "\(name)=\($0)" }
        }
        // The compiler calls its own programs by name. Threads that spin while they wait take the cores from others.
        return kept + [
            "PATH=\(folder)/bin:/usr/local/bin:/usr/bin:/bin", "LC_ALL=C.UTF-8", "PYTHONUNBUFFERED=1",
            "PYTHONDONTWRITEBYTECODE=1", "OMP_WAIT_POLICY=passive",
        ]
    }

    /// A package of the environment and its version, such as `onnxruntime 1.16.0`.
    public func version(of package: String) -> String { Self.version(of: package, in: programs) }

    private static func version(of package: String, in programs: String) -> String {
        let pinned = words(in: programs + "/requirements.txt").lazy.map { $0.split(separator: "=") }
            .first { $0.count == 2 && $0[0] == package }
        return ([package] + (pinned.map { [String($0[1])] } ?? [])).joined(separator: " ")
    }

    /// What `Deploy/toolchain` leaves in the environment when it has installed what lies here.
    private static func stamp(for programs: String) -> String? {
        let contents = ["requirements.txt", "stand-in/torch.py"].map {
            FileManager.default.contents(atPath: programs + "/" + $0) ?? Data()
        }
        return try? SHA256Digest(of: contents.flatMap { Array($0) }).description
    }

    private static func words(in file: String) -> [String] {
        String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
            .split(whereSeparator: \.isWhitespace).map(String.init)
    }
}
