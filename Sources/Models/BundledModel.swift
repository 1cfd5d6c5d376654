import Glibc
import Inference

/// A model that comes with the program.
public enum BundledModel: String, Sendable, CaseIterable {
    /// The default model.
    case crowd
    /// The same in INT8 throughout, which `int8-reference` computes.
    case crowdInt8 = "crowd-int8"

    /// The path of the model's manifest.
    ///
    /// Looked for in `HEADCOUNT_SHARE` alone where that is set; else in `Deploy/models` of the checkout that holds the
    /// executable or the current directory, and in `share/headcount/models` of the installation.
    /// - Throws: `ModelsError.bundleMissing` with the places.
    public func manifestPath() throws(ModelsError) -> String {
        try manifestPath(share: ProgramFolders.variable("HEADCOUNT_SHARE"))
    }

    func manifestPath(share: String?) throws(ModelsError) -> String {
        var searched = [share].compactMap { $0 }
        if searched.isEmpty {
            searched = ProgramFolders.checkouts.map { $0 + "/Deploy" }
            if let executable = ProgramFolders.executable { searched.append(executable + "/../share/headcount") }
        }
        for folder in searched {
            let path = "\(folder)/models/crowd/\(rawValue).json"
            if access(path, R_OK) == 0 { return path }
        }
        throw .bundleMissing(model: rawValue, searched: searched)
    }
}
