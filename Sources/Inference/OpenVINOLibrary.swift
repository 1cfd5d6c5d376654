import COpenVINO
import Glibc

/// OpenVINO's C interface, opened at run time, and its core.
public final class OpenVINOLibrary: Sendable {
    /// The file that was opened.
    public let path: String
    /// The runtime's version and build, as it tells them.
    public let version: String

    let functions: OpenVINOFunctions

    private let core: OpenVINOHandle

    private static let remedy = "Deploy/openvino fetches it, --openvino-lib or \(variable) names it"

    /// Finds and opens the library.
    /// - Parameter named: the library's file or its folder, from an option; else `HEADCOUNT_OPENVINO_LIB` names it;
    ///   else it is looked for around the program (`.runtime/openvino`) and where it may be installed.
    /// - Throws: `InferenceError.libraryMissing` with every place, and where this process's folder is one that it may not
    ///   enter; `.symbolMissing`.
    public convenience init(named: String? = nil) throws(InferenceError) {
        try self.init(
            candidates: Self.candidates(
                named: named ?? ProgramFolders.variable(Self.variable), checkouts: ProgramFolders.checkouts))
    }

    init(candidates: [String]) throws(InferenceError) {
        let library = try DynamicLibrary(
            name: "OpenVINO, the CPU runtime", candidates: candidates, remedy: Self.remedy)
        let functions = try OpenVINOFunctions(library)
        path = library.path
        self.functions = functions
        version = Self.version(of: functions)
        // The runtime looks for its parts in the current folder too, and aborts where it may not.
        guard access(".", X_OK) == 0 else {
            throw .libraryMissing(
                name: library.path, searched: [library.path],
                reason: "it does not start in a folder that this user may not enter",
                remedy: "call headcount in another folder, such as /")
        }
        var core: OpaquePointer?
        let status = functions.createCore(&core)
        guard status == 0, let core else {
            throw .libraryMissing(
                name: library.path, searched: [library.path], reason: functions.reason(of: status),
                remedy: Self.remedy)
        }
        self.core = OpenVINOHandle(core, free: functions.freeCore)
    }

    /// Reads a network's file: ONNX by its content, whatever the file is called.
    func read(_ path: String, model: String) throws(InferenceError) -> OpenVINOHandle {
        let read = try functions.make("ov_core_read_model", model) { functions.readModel(core.pointer, path, nil, &$0) }
        return OpenVINOHandle(read, free: functions.freeModel)
    }

    /// Compiles a network for the CPU.
    func compile(
        _ model: borrowing OpenVINOHandle, name: String, properties: [(key: String, value: String)]
    ) throws(InferenceError) -> OpenVINOHandle {
        precondition(properties.count <= Int(headcount_ov_property_limit))
        let compiled = try functions.make("ov_core_compile_model", name) { compiled in
            withTexts(properties.map(\.key)) { keys in
                withTexts(properties.map(\.value)) { values in
                    headcount_ov_compile_model(
                        functions.compileModel, core.pointer, model.pointer, "CPU", keys, values, properties.count,
                        &compiled)
                }
            }
        }
        return OpenVINOHandle(compiled, free: functions.freeCompiledModel)
    }

    private static func version(of functions: OpenVINOFunctions) -> String {
        var version = ov_version_t()
        guard functions.getVersion(&version) == 0 else { return "unknown" }
        defer { functions.freeVersion(&version) }
        return version.buildNumber.map { String(cString: $0) } ?? "unknown"
    }
}
