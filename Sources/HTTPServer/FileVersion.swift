import Glibc

/// Which version of a file a client may hold, in the two forms HTTP has.
struct FileVersion {
    /// Strong: another inode, size or nanosecond of change is another tag.
    let entityTag: String
    let modified: HTTPDate

    init(_ status: stat) {
        let nanoseconds = status.st_mtim.tv_sec &* 1_000_000_000 &+ status.st_mtim.tv_nsec
        let parts = [Int(bitPattern: status.st_ino), status.st_size, nanoseconds]
        entityTag = "\"" + parts.map { String($0, radix: 16) }.joined(separator: "-") + "\""
        modified = HTTPDate(secondsSince1970: status.st_mtim.tv_sec)
    }

    /// Whether the client holds this version already; If-None-Match decides alone where it is sent (RFC 9110, 13.2.2).
    func isHeld(by request: HTTPRequest) -> Bool {
        if let tags = request.header("If-None-Match") {
            return tags == "*" || Self.tags(in: tags).contains(entityTag)
        }
        guard let since = request.header("If-Modified-Since").flatMap(HTTPDate.init) else { return false }
        return modified.secondsSince1970 <= since.secondsSince1970
    }

    /// Whether a Range header counts: If-Range, where it is sent, must name this version.
    func allowsRange(_ request: HTTPRequest) -> Bool {
        guard let condition = request.header("If-Range") else { return true }
        return condition == entityTag || HTTPDate(condition) == modified
    }

    /// The tags of a list, without the mark of weakness: If-None-Match compares weakly.
    private static func tags(in list: String) -> [String] {
        list.split(separator: ",").map { item in
            let tag = item.drop { $0 == " " || $0 == "\t" }
            let end = tag.lastIndex(of: "\"").map { tag.index(after: $0) } ?? tag.endIndex
            return String(tag.hasPrefix("W/") ? tag[..<end].dropFirst(2) : tag[..<end])
        }
    }
}
