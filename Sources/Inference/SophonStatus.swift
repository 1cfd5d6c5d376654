import CSophon

/// What a call of the vendor's libraries answered, in words.
struct SophonStatus: Equatable {
    let code: Int32

    var isSuccess: Bool { code == Int32(SOPHON_OK) }
    /// True where the platform or this release has no such thing.
    var isUnsupported: Bool { code == Int32(SOPHON_NOT_SUPPORTED) || code == Int32(SOPHON_NOT_SUPPORTED_HERE) }

    /// The vendor's meaning of `code`, or what was thrown.
    func words(_ thrown: sophon_exception = sophon_exception()) -> String {
        switch code {
        case 0: "success"
        case 1: "the device is not ready"
        case 2: "the call failed"
        case 3: "the device did not answer in time"
        case 4: "a parameter was refused"
        case 5: "the device is out of memory"
        case 6: "the data was damaged"
        case 7: "the device is busy: it waits for a recovery"
        case 8, 9: "not supported"
        case Int32(SOPHON_EXCEPTION): thrown.words
        default: "status \(code)"
        }
    }
}

extension sophon_exception {
    /// What was thrown; empty where nothing was.
    var words: String {
        withUnsafeBytes(of: text) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).split(whereSeparator: \.isNewline)
                .joined(separator: " ")
        }
    }
}
