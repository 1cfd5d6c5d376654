import Digest
import FoundationEssentials
import Glibc
public import Inference

/// Runs the steps of builds, each in a folder named by all it depends on, and keeps what they leave.
///
/// A step whose folder is there is not run again: a build that was interrupted goes on where it was. Two builds may share
/// the cache.
public struct BuildCache: Sendable {
    /// Where the folders are.
    public let folder: String
    /// What compiles.
    public let toolchain: Toolchain

    /// A cache in `folder`, which is made when the first step is run.
    public init(folder: String, toolchain: Toolchain) {
        self.folder = folder
        self.toolchain = toolchain
    }

    /// `headcount/builds` in `XDG_CACHE_HOME`, or in `~/.cache` where that is not set.
    public static var standardFolder: String {
        let home = ProgramFolders.variable("HOME") ?? "/tmp"
        return (ProgramFolders.variable("XDG_CACHE_HOME") ?? home + "/.cache") + "/headcount/builds"
    }

    /// The folder a step left its files in, run now if need be; its standard output and error lie there in `log`.
    /// - Throws: `ModelsError.buildFailed` with where the log is, or `.unwritable`; `CancellationError`.
    func outcome(of step: BuildStep) async throws -> String {
        let place = folder + "/" + (try step.digest(compiler: toolchain.version).description)
        if access(place + "/.done", F_OK) == 0 { return place }
        let work = place + ".\(getpid())"
        try? FileManager.default.removeItem(atPath: work)
        do {
            try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true)
            for (name, path) in step.inputs {
                if let slash = name.lastIndex(of: "/") {
                    try FileManager.default.createDirectory(
                        atPath: work + "/" + name[..<slash], withIntermediateDirectories: true)
                }
                // What a link leads to: as a link it would lead elsewhere from here.
                try FileManager.default.copyItem(atPath: Self.resolved(path), toPath: work + "/" + name)
            }
        } catch {
            throw ModelsError.unwritable(path: work, reason: "the folder of a build cannot be filled")
        }
        let log = work + "/log"
        let process = try PipedProgram(
            step.words, environment: toolchain.environment, in: work, input: .log, output: .log, log: log)
        let status: Int32
        do {
            status = try await process.end()
        } catch {
            try? FileManager.default.removeItem(atPath: work)
            throw error
        }
        let missing = step.outputs.first { access(work + "/" + $0, R_OK) != 0 }
        guard status == 0, missing == nil else {
            let kept = place + ".failed"
            try? FileManager.default.removeItem(atPath: kept)
            rename(work, kept)
            throw ModelsError.buildFailed(
                step: step.title, reason: Self.reason(of: status, log: BuildLog(path: kept + "/log")),
                log: kept + "/log")
        }
        if !step.keepsInputs {
            for name in step.inputs.keys where !step.outputs.contains(name) {
                let top = name.prefix { $0 != "/" }
                try? FileManager.default.removeItem(atPath: work + "/" + top)
            }
        }
        try FileContent.write(Array(step.title.utf8), to: work + "/.done")
        // Where another build was quicker, its folder stays.
        if rename(work, place) != 0 { try? FileManager.default.removeItem(atPath: work) }
        return place
    }

    /// Why a step failed. What was killed had no time to say so: its last line tells of what went well.
    /// - Parameter status: 128 and the number of the signal that ended it, else its own.
    static func reason(of status: Int32, log: BuildLog) -> String {
        guard status == 128 + SIGKILL else { return log.reason ?? "it ended with status \(status)" }
        return "it was killed (signal 9), as the system does where memory is short"
    }

    /// Removes what builds left that ended in the middle without a chance to clean up.
    ///
    /// A build on another machine, or in another container, may work in the same folder, and its processes have other
    /// numbers: only what was not written to for a day is taken for left.
    public func removeAbandoned() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let parts = name.split(separator: ".")
            guard parts.count == 2, let process = pid_t(parts[1]), kill(process, 0) != 0, errno == ESRCH else {
                continue
            }
            var attributes = stat()
            guard lstat(folder + "/" + name + "/log", &attributes) == 0 || lstat(folder + "/" + name, &attributes) == 0,
                time(nil) - attributes.st_mtim.tv_sec > 86_400
            else { continue }
            try? FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }

    private static func resolved(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Keeps bytes under their digest, for steps to read.
    /// - Returns: where they lie.
    func keep(_ content: [UInt8]) throws -> String { try Self.keep(content, in: folder) }

    /// Keeps bytes under their digest in a cache's folder, also where nothing is compiled yet.
    /// - Returns: where they lie.
    public static func keep(_ content: [UInt8], in folder: String) throws -> String {
        try ModelStore(folder: folder + "/files").store(content, as: SHA256Digest(of: content))
    }

    /// A number that was kept, by all that it hangs on.
    func number(_ key: String) -> Double? {
        guard let place = try? place(ofNumber: key), let content = try? FileContent.read(place) else { return nil }
        return Double(String(decoding: content, as: UTF8.self))
    }

    /// Keeps a number.
    func keep(_ number: Double, as key: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder + "/numbers", withIntermediateDirectories: true)
        } catch {
            throw ModelsError.unwritable(path: folder + "/numbers", reason: "the folder cannot be made")
        }
        try FileContent.write(Array("\(number)".utf8), to: place(ofNumber: key))
    }

    private func place(ofNumber key: String) throws -> String {
        folder + "/numbers/" + (try SHA256Digest(of: Array((toolchain.version + "\n" + key).utf8)).description)
    }
}
