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
    /// - Throws: `InferenceError.libraryMissing` with the places.
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
        self.folder = folder
        self.programs = found
        version = Self.version(in: found + "/requirements.txt")
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
            "OMP_WAIT_POLICY=passive",
        ]
    }

    /// The line of the pinned requirements that names the compiler.
    private static func version(in requirements: String) -> String {
        guard let file = fopen(requirements, "re") else { return "tpu_mlir" }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            let words = text.prefix { $0 != " " }.split(separator: "=")
            if words.count == 2, words[0] == "tpu_mlir" { return "tpu_mlir \(words[1])" }
        }
        return "tpu_mlir"
    }
}
