/// The Content-Type of a file by the extension of its name.
enum MediaType {
    static func of(_ path: RelativePath) -> String {
        byExtension[path.lowercasedExtension] ?? "application/octet-stream"
    }

    private static let byExtension = [
        "avif": "image/avif", "bmp": "image/bmp", "gif": "image/gif", "heic": "image/heic", "jp2": "image/jp2",
        "jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png", "svg": "image/svg+xml", "tif": "image/tiff",
        "tiff": "image/tiff", "webp": "image/webp",
        "css": "text/css; charset=utf-8", "csv": "text/csv; charset=utf-8", "htm": "text/html; charset=utf-8",
        "html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "json": "application/json",
        "txt": "text/plain; charset=utf-8",
    ]
}
