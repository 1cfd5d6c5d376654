import Glibc

extension StaticFiles {
    /// The extensions of the pictures an archive holds.
    public static let pictureExtensions: Set<String> = ["jpeg", "jpg", "png", "tif", "tiff", "webp"]

    /// The files below a folder that a server of it would answer with, in the order of their bytes.
    ///
    /// Links to files are listed where they stay below the folder; links to folders are not followed, so that no file
    /// is listed twice and no circle is walked.
    /// - Parameter extensions: of the names wanted, in lower case and without the dot.
    /// - Returns: the files, and how many links were passed over because a server would not follow them.
    /// - Throws: `HTTPServerError` where the folder or one below it cannot be read.
    public static func listing(
        of folder: String, extensions: Set<String> = pictureExtensions
    ) throws(HTTPServerError) -> (files: [RelativePath], linksPassedOver: Int) {
        let root = try ServedFolder(folder)
        var found: [RelativePath] = []
        var links = 0
        var pending = [RelativePath(bytes: [])]
        while let path = pending.popLast() {
            for entry in try entries(of: path, in: root, named: folder) {
                switch entry.kind {
                case .folder: pending.append(entry.path)
                case .file where extensions.contains(entry.path.lowercasedExtension): found.append(entry.path)
                case .link: links += 1
                case .file: break
                }
            }
        }
        return (found.sorted(), links)
    }

    /// A page of links to what a folder holds.
    func index(of path: RelativePath, request: HTTPRequest) -> HTTPResponse {
        guard request.pathBytes.last == UInt8(ascii: "/") else {
            // The links of the page are relative and need the slash.
            return HTTPResponse(status: 301, headers: [HTTPHeader("Location", path.urlPath + "/")])
        }
        do {
            let links = try Self.entries(of: path, in: folder, named: path.description).filter { $0.kind != .link }
                .sorted { $0.path < $1.path }
                .map { entry in
                    let mark = entry.kind == .folder ? "/" : ""
                    return "<li><a href=\"\(entry.path.urlPath)\(mark)\">\(Self.escaped(entry.name))\(mark)</a></li>\n"
                }
            let title = Self.escaped("/" + path.description)
            return .text(
                "<!doctype html>\n<meta charset=\"utf-8\">\n<title>\(title)</title>\n<ul>\n\(links.joined())</ul>\n",
                type: "text/html; charset=utf-8")
        } catch {
            return .refusal(403, "Not readable")
        }
    }

    /// A link is one that is not served: it leads away, to a folder, or nowhere.
    private enum EntryKind { case folder, file, link }

    private struct Entry {
        let path: RelativePath
        let name: String
        let kind: EntryKind
    }

    private static func entries(
        of path: RelativePath, in root: ServedFolder, named folder: String
    ) throws(HTTPServerError) -> [Entry] {
        let shown = path.bytes.isEmpty ? folder : "\(folder)/\(path)"
        do throws(Errno) {
            let opened = try root.open(path)
            return try opened.names().compactMap { name in
                let entry = path.appending(name)
                guard name.first != UInt8(ascii: "."), let status = opened.status(of: name),
                    let kind = kind(of: entry, status: status, in: root)
                else { return nil }
                return Entry(path: entry, name: String(decoding: name, as: UTF8.self), kind: kind)
            }
        } catch {
            throw .folderUnreadable(path: shown, reason: error.reason)
        }
    }

    /// `nil` for what is no file, such as a pipe.
    private static func kind(of path: RelativePath, status: stat, in root: ServedFolder) -> EntryKind? {
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            return .file
        case S_IFDIR:
            return .folder
        case S_IFLNK:
            let target = try? root.open(path).status()
            return target.map { $0.st_mode & S_IFMT } == S_IFREG ? .file : .link
        default:
            return nil
        }
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
    }
}
