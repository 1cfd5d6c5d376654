import Glibc

extension OpenVINOLibrary {
    /// The environment variable that names the library's file or folder.
    public static let variable = "HEADCOUNT_OPENVINO_LIB"

    /// What the loader is asked for, in order of preference.
    ///
    /// A place that was named, as an option or in the environment, is the only one: who names a place wants to know
    /// when it is wrong. Else the checkout's own, then the places of an installation, then the loader's path.
    /// - Parameters:
    ///   - named: a file, or a folder that holds `libopenvino_c.so` with any version behind it.
    ///   - checkouts: where `.runtime/openvino` may lie.
    static func candidates(named: String?, checkouts: [String]) -> [String] {
        if let named {
            return isFolder(named) ? files(in: DynamicLibrary.escaped(named)) : [named]
        }
        let folders = checkouts.map { DynamicLibrary.escaped($0) + "/.runtime/openvino" } + installed
        return folders.flatMap { files(in: $0) } + ["libopenvino_c.so"]
    }

    private static let installed = [
        "/usr/local/lib/headcount/openvino", "/opt/intel/openvino*/runtime/lib/intel64",
        "/opt/intel/openvino*/runtime/lib/aarch64",
    ]

    /// The wheels of PyPI have only the name with a version behind it, the archives have both.
    private static func files(in folder: String) -> [String] {
        [folder + "/libopenvino_c.so.*", folder + "/libopenvino_c.so"]
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
