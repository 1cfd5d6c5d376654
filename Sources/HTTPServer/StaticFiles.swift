import Glibc

/// Answers requests with the files of a folder: GET and HEAD, ranges, conditional requests.
///
/// Nothing outside the folder is reachable, whatever the request or the links in the folder say. Names that begin with
/// a dot do not exist for it, nor does anything that is not a regular file.
public struct StaticFiles: Sendable {
    let folder: ServedFolder
    private let listsFolders: Bool

    /// Opens the folder and keeps it open.
    /// - Parameter listsFolders: answer a folder's URL with a page of links to what it holds.
    /// - Throws: `HTTPServerError.folderMissing`, `notAFolder` or `folderUnreadable`.
    public init(folder path: String, listsFolders: Bool = false) throws(HTTPServerError) {
        try self.init(folder: ServedFolder(path), listsFolders: listsFolders)
    }

    init(folder: ServedFolder, listsFolders: Bool) {
        self.folder = folder
        self.listsFolders = listsFolders
    }

    /// The answer to one request; a handler for `HTTPServer`.
    public func response(to request: HTTPRequest) -> HTTPResponse {
        guard request.method == "GET" || request.method == "HEAD" else {
            var refusal = HTTPResponse.refusal(405, "Only GET and HEAD are answered")
            refusal.headers.append(HTTPHeader("Allow", "GET, HEAD"))
            return refusal
        }
        guard let path = Self.path(of: request) else { return .refusal(404, "Not found") }
        do throws(Errno) {
            let file = try folder.open(path)
            guard let status = file.status() else { return .refusal(500, "Unreadable") }
            switch status.st_mode & S_IFMT {
            case S_IFREG where request.pathBytes.last != UInt8(ascii: "/"):
                return answer(request, path: path, file: file, status: status)
            case S_IFDIR where listsFolders:
                return index(of: path, request: request)
            default:
                return .refusal(404, "Not found")
            }
        } catch {
            return Self.refusal(for: error)
        }
    }

    private func answer(_ request: HTTPRequest, path: RelativePath, file: OpenFile, status: stat) -> HTTPResponse {
        let version = FileVersion(status)
        let size = Int(status.st_size)
        var headers = [
            HTTPHeader("ETag", version.entityTag), HTTPHeader("Last-Modified", version.modified.description),
        ]
        if version.isHeld(by: request) {
            // The body is not sent with this status, but its length is announced, which must not be 0.
            return HTTPResponse(status: 304, headers: headers, body: .file(file, offset: 0, length: size))
        }
        headers += [
            HTTPHeader("Content-Type", MediaType.of(path)), HTTPHeader("Accept-Ranges", "bytes"),
            HTTPHeader("X-Content-Type-Options", "nosniff"),
        ]
        // Ranges are defined for GET alone.
        let asked = request.method == "GET" && version.allowsRange(request) ? request.header("Range") : nil
        switch ByteRange(header: asked, size: size) {
        case .whole:
            return HTTPResponse(status: 200, headers: headers, body: .file(file, offset: 0, length: size))
        case .part(let offset, let length):
            headers.append(HTTPHeader("Content-Range", "bytes \(offset)-\(offset + length - 1)/\(size)"))
            return HTTPResponse(status: 206, headers: headers, body: .file(file, offset: offset, length: length))
        case .unsatisfiable:
            return HTTPResponse(status: 416, headers: [HTTPHeader("Content-Range", "bytes */\(size)")])
        }
    }

    /// The path below the folder; `nil` where a component is empty or begins with a dot.
    private static func path(of request: HTTPRequest) -> RelativePath? {
        var bytes = request.pathBytes.dropFirst()
        if bytes.last == UInt8(ascii: "/") { bytes = bytes.dropLast() }
        guard !bytes.isEmpty else { return RelativePath(bytes: []) }
        let components = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard components.allSatisfy({ !$0.isEmpty && $0.first != UInt8(ascii: ".") }) else { return nil }
        return RelativePath(bytes: Array(bytes))
    }

    private static func refusal(for error: Errno) -> HTTPResponse {
        switch error.code {
        case EACCES, EPERM: .refusal(403, "Not readable")
        case EMFILE, ENFILE, ENOMEM: .refusal(503, "Out of resources")
        default: .refusal(404, "Not found")
        }
    }
}
