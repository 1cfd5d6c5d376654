import Glibc

/// A shared library opened at run time; it stays loaded until the process ends.
///
/// The vendors' runtimes start threads and register exit handlers, so closing one while the process lives is not safe.
public struct DynamicLibrary: @unchecked Sendable {
    // Unchecked because of the handle: the loader's interface may be called from every thread.

    /// The file that was opened, or the bare name that the loader found by itself.
    public let path: String

    private let handle: UnsafeMutableRawPointer

    /// Opens the first candidate that the loader accepts.
    /// - Parameters:
    ///   - name: what the library is called in messages.
    ///   - candidates: files, or bare names to be found on the loader's path, in order of preference. The entries
    ///     with a slash may be patterns as `glob(7)` knows them; of several matches the last in order is tried first,
    ///     so that of two versions the newer wins.
    ///   - remedy: how to come by the library, for messages.
    ///   - global: makes the library's symbols visible to libraries that are opened later.
    /// - Throws: `InferenceError.libraryMissing` with every candidate and what the loader said of the first that is
    ///   there but does not open.
    public init(
        name: String, candidates: [String], remedy: String, global: Bool = false
    ) throws(InferenceError) {
        var refusal: String?
        var lastReason = "no place to look in"
        for candidate in candidates {
            for path in Self.files(matching: candidate) {
                if let handle = dlopen(path, RTLD_NOW | (global ? RTLD_GLOBAL : RTLD_LOCAL)) {
                    self.path = path
                    self.handle = handle
                    return
                }
                lastReason = Self.loaderMessage()
                // A file that is not there says nothing; one that is there and does not open is what must be mended.
                if refusal == nil && access(path, F_OK) == 0 { refusal = lastReason }
            }
        }
        throw .libraryMissing(name: name, searched: candidates, reason: refusal ?? lastReason, remedy: remedy)
    }

    /// The function `symbol`, as the C function pointer type `Signature`.
    ///
    /// The caller vouches that the signature is the library's: it must be a `@convention(c)` type.
    /// - Throws: `InferenceError.symbolMissing`.
    public func function<Signature>(
        _ symbol: String, as signature: Signature.Type = Signature.self
    ) throws(InferenceError) -> Signature {
        guard let address = dlsym(handle, symbol) else { throw .symbolMissing(library: path, symbol: symbol) }
        return unsafeBitCast(address, to: Signature.self)
    }

    /// The function `symbol`, or `nil` where this version of the library has none.
    public func optionalFunction<Signature>(
        _ symbol: String, as signature: Signature.Type = Signature.self
    ) -> Signature? {
        dlsym(handle, symbol).map { unsafeBitCast($0, to: Signature.self) }
    }

    /// Whether the library, or one that it was linked with, has that symbol.
    public func holds(_ symbol: String) -> Bool {
        dlsym(handle, symbol) != nil
    }

    /// `path` with the letters that mean something in a pattern made to stand for themselves.
    static func escaped(_ path: String) -> String {
        String(path.flatMap { "\\*?[".contains($0) ? ["\\", $0] : [$0] })
    }

    /// The files that a candidate stands for, newest version first; the candidate itself where it is no pattern.
    private static func files(matching candidate: String) -> [String] {
        let isPattern = candidate.contains("/") && candidate.contains { "*?[".contains($0) }
        guard isPattern, access(candidate, F_OK) != 0 else { return [candidate] }
        var matches = glob_t()
        defer { globfree(&matches) }
        guard glob(candidate, 0, nil, &matches) == 0 else { return [] }
        return (0..<Int(matches.gl_pathc)).compactMap { matches.gl_pathv[$0].map { String(cString: $0) } }.reversed()
    }

    /// What the loader says of its last failure, in one line.
    private static func loaderMessage() -> String {
        guard let message = dlerror() else { return "the loader gives no reason" }
        return String(cString: message).split(separator: "\n").joined(separator: " ")
    }
}
