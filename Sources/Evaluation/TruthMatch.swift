/// Finds the true counts of pictures that have several names, and notes what was found.
///
/// A picture is looked for under each of its names in turn; a name that two pictures answer to is refused.
struct TruthMatch {
    private let truth: TruthList
    private var used: Set<String> = []

    init(_ truth: TruthList) {
        self.truth = truth
    }

    /// The name under which the truth knows a picture, and its count; `nil` where it does not.
    /// - Throws: `EvaluationError.ambiguousName`.
    mutating func find(_ names: [String]) throws(EvaluationError) -> (name: String, count: Double)? {
        for name in names {
            guard let count = truth.counts[name] else { continue }
            guard used.insert(name).inserted else { throw .ambiguousName(source: truth.source, name: name) }
            return (name, count)
        }
        return nil
    }

    /// The same for an image of a set: by its URL, the archive's own name for it, or the last part of the URL's path, as it
    /// stands there or decoded (`my%20picture.jpg`, `my picture.jpg`).
    /// - Throws: `EvaluationError.ambiguousName`.
    mutating func find(url: String, key: String?) throws(EvaluationError) -> (name: String, count: Double)? {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        let file = path.split(separator: "/").last.map(String.init)
        return try find([url, key, file, file.flatMap(Self.decoded)].compactMap { $0 })
    }

    /// Percent-encoding taken back; `nil` where it is none, or no text.
    private static func decoded(_ name: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(name.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// - Parameter place: what was searched, for the message.
    /// - Throws: `EvaluationError.unknownPictures` where a name of the truth was not found.
    func requireAllFound(in place: String) throws(EvaluationError) {
        let unknown = truth.counts.keys.filter { !used.contains($0) }.sorted()
        guard let first = unknown.first else { return }
        throw .unknownPictures(source: truth.source, count: unknown.count, first: first, place: place)
    }
}
