/// What a Range header asks of a file of a known size.
enum ByteRange: Equatable {
    /// No range, several ranges, or one that cannot be read: the whole file is the answer.
    case whole
    case part(offset: Int, length: Int)
    /// A range that begins behind the end: the answer is 416.
    case unsatisfiable

    init(header: String?, size: Int) {
        self = header.flatMap { Self.single($0, size: size) } ?? .whole
    }

    private static func single(_ header: String, size: Int) -> ByteRange? {
        guard header.lowercased().hasPrefix("bytes=") else { return nil }
        let range = header.dropFirst("bytes=".count)
        let ends = range.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2, let first = position(ends[0]), let last = position(ends[1]) else { return nil }
        switch (first, last) {
        case (nil, nil):
            return nil
        case (nil, let count?):
            let length = min(count, size)
            return length == 0 ? .unsatisfiable : .part(offset: size - length, length: length)
        case (let start?, let end):
            if let end, end < start { return nil }
            guard start < size else { return .unsatisfiable }
            return .part(offset: start, length: min(end ?? size - 1, size - 1) - start + 1)
        }
    }

    /// `.some(nil)` for no digits at all, `nil` for anything that is not digits; larger than any file saturates.
    private static func position(_ text: Substring) -> Int?? {
        let text = text.utf8
        guard text.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return .some(text.isEmpty ? nil : Int(Substring(text)) ?? Int.max)
    }
}
