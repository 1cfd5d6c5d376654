import Glibc

/// The vendor's libraries for BM1684 cards, libbmlib and libbmrt, opened at run time.
///
/// They print to standard output at any time: a program that answers there claims it first, see `StandardOutput`.
public struct SophonLibrary: @unchecked Sendable {
    // Unchecked because of the C function pointers, which are constants once resolved.

    /// Where the vendor's packages put the libraries.
    public static let defaultFolder = "/opt/sophon/libsophon-current/lib"
    /// The environment variable that names another folder.
    public static let folderVariable = "HEADCOUNT_SOPHON_LIB"

    private static let remedy =
        "install the vendor's driver package, or fetch its simulator with Deploy/sophon-simulator"

    /// The folder they were opened from.
    public let folder: String
    /// True where they drive the vendor's functional model of the chip rather than a card.
    public let isSimulator: Bool
    /// The release, as its folder is named, such as `libsophon-0.5.1`; `simulator` where it is one.
    public let version: String

    let device: SophonDeviceCalls
    let runtime: SophonRuntimeCalls

    /// Opens both libraries.
    /// - Parameter folder: where they lie; `nil` for the folder that the environment names, or else the default one.
    /// - Throws: `InferenceError.libraryMissing`, `InferenceError.symbolMissing`.
    public init(folder: String? = nil) throws(InferenceError) {
        let folder = Self.folder(preferring: folder)
        // With this set the runtime writes every tensor to files in the working directory.
        unsetenv("BMRT_SAVE_IO_TENSORS")
        let deviceLibrary = try DynamicLibrary(
            name: "libbmlib", candidates: [folder + "/libbmlib.so.0", folder + "/libbmlib.so"], remedy: Self.remedy)
        // The class bm_device is compiled only where the model of the chip takes a card's place (USING_CMODEL in the
        // vendor's published source), wherever that model itself may lie.
        let isSimulator = deviceLibrary.holds("_ZN9bm_device12cmodel_setupEv")
        var model: DynamicLibrary?
        if isSimulator, access(folder + "/libcmodel.so", F_OK) == 0 {
            // The library opens the model by this name when a device is first asked for. Opened here before, it is
            // found whatever the loader's search path, which the address sanitizer changes.
            model = try DynamicLibrary(
                name: "libcmodel", candidates: [folder + "/libcmodel.so"], remedy: Self.remedy)
        }
        let runtimeLibrary = try DynamicLibrary(
            name: "libbmrt", candidates: [folder + "/libbmrt.so.1.0", folder + "/libbmrt.so"], remedy: Self.remedy)
        self.init(
            folder: folder, isSimulator: isSimulator,
            version: isSimulator ? "simulator" : Self.release(of: runtimeLibrary.path),
            device: try SophonDeviceCalls(deviceLibrary, model: model),
            runtime: try SophonRuntimeCalls(runtimeLibrary))
    }

    init(
        folder: String, isSimulator: Bool, version: String, device: SophonDeviceCalls, runtime: SophonRuntimeCalls
    ) {
        self.folder = folder
        self.isSimulator = isSimulator
        self.version = version
        self.device = device
        self.runtime = runtime
    }

    /// The folder that libraries are looked for in: `chosen`, else the environment's, else the default.
    public static func folder(preferring chosen: String?) -> String {
        if let chosen, !chosen.isEmpty { return chosen }
        if let named = getenv(folderVariable), named.pointee != 0 { return String(cString: named) }
        return defaultFolder
    }

    /// The name of card `index` in every message and result.
    func deviceName(_ index: Int) -> String {
        isSimulator ? "bm1684-simulator:\(index)" : "bm1684:\(index)"
    }

    /// `libsophon-0.5.1` for `/opt/sophon/libsophon-0.5.1/lib/libbmrt.so.1.0`, links followed; else the file's name.
    private static func release(of path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        let parts = String(cString: resolved).split(separator: "/")
        return String(parts.last { $0.hasPrefix("libsophon-") } ?? parts.last ?? "unknown")
    }
}
