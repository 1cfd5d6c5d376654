import COpenVINO
import Glibc

extension OpenVINOFunctions {
    /// Makes a call that gives its status.
    /// - Throws: `InferenceError.callFailed` with the library's own words.
    func check(_ call: String, _ model: String, _ status: ov_status_e) throws(InferenceError) {
        if status != 0 { throw .callFailed(call: call, model: model, reason: reason(of: status)) }
    }

    /// Makes a call that hands out an object.
    /// - Throws: `InferenceError.callFailed` with the library's own words.
    func make(
        _ call: String, _ model: String, _ body: (inout OpaquePointer?) -> ov_status_e
    ) throws(InferenceError) -> OpaquePointer {
        var object: OpaquePointer?
        let status = body(&object)
        guard status == 0, let object else {
            throw .callFailed(call: call, model: model, reason: reason(of: status))
        }
        return object
    }

    /// What the library says of the failure that just happened on this thread, in one line.
    func reason(of status: ov_status_e) -> String {
        let kind = getErrorInfo(status).map { String(cString: $0) } ?? "status \(status)"
        guard let message = getLastErrorMessage?() else { return kind }
        defer { freeText(message) }
        var words = String(cString: message).split(whereSeparator: \.isWhitespace)
        // "Exception from FILE:LINE:" once per layer that the error went through.
        while words.starts(with: ["Exception", "from"]) { words = Array(words.dropFirst(3)) }
        return words.isEmpty ? kind : "\(kind): \(words.joined(separator: " "))"
    }

    /// A text of the library's, which is freed.
    func take(_ text: UnsafePointer<CChar>?) -> String? {
        guard let text else { return nil }
        defer { freeText(text) }
        return String(cString: text)
    }
}

/// Hands `texts` to `body` as C strings that last for the call.
func withTexts<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
) -> Result {
    let copies = texts.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return copies.map { UnsafePointer($0) }.withUnsafeBufferPointer { body($0.baseAddress) }
}
