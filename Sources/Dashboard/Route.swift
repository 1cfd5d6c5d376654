import HTTPServer

/// What a request asks for.
enum Route: Sendable {
    /// A file of the page: its bytes and their type.
    case file([UInt8], String)
    case healthy
    case ready
    case metrics
    /// What this page can do.
    case status
    /// Rows of the database.
    case rows(DashboardQuery, name: String)
    /// What is to be known of a picture before it is shown.
    case view(PictureShelf.Key)
    /// A picture.
    case picture(PictureShelf.Key)
    /// A change, or nothing that there is.
    case other

    init(_ request: HTTPRequest) {
        switch request.path {
        case "/": self = .file(PackageResources.page_html, "text/html; charset=utf-8")
        case "/page.css": self = .file(PackageResources.page_css, "text/css; charset=utf-8")
        case "/page.js": self = .file(PackageResources.page_js, "text/javascript; charset=utf-8")
        case "/page.svg": self = .file(PackageResources.page_svg, "image/svg+xml")
        case "/healthz": self = .healthy
        case "/readyz": self = .ready
        case "/metrics": self = .metrics
        case "/api/status": self = .status
        default: self = Self.below(request.path.split(separator: "/"), request)
        }
    }

    /// By what its requests are counted: one of a few words.
    var name: String {
        switch self {
        case .file: "page"
        case .healthy, .ready: "health"
        case .metrics: "metrics"
        case .status: "status"
        case .rows(_, let name): name
        case .view, .picture: "picture"
        case .other: "other"
        }
    }

    private static func below(_ path: [Substring], _ request: HTTPRequest) -> Route {
        if let query = DashboardQuery(path: path) {
            let last = path.last.map(String.init) ?? ""
            return .rows(query, name: Int(last) == nil ? last : query.numbers.count == 1 ? "run" : "image")
        }
        guard path.count == 3 && path[0] == "picture" || path.count == 6 && path[5] == "view" else { return .other }
        let numbers = path.count == 3 ? path[1...] : [path[2], path[4]]
        guard path.count == 3 || (path[0] == "api" && path[1] == "runs" && path[3] == "images"),
            let run = numbers.first.flatMap({ Int($0) }), let image = numbers.last.flatMap({ Int($0) }),
            (1...Int(Int32.max)).contains(run), image > 0,
            let longest = Int(request.parameter("size") ?? "1280"), PictureShelf.sizes.contains(longest)
        else { return .other }
        let key = PictureShelf.Key(run: run, image: image, longest: longest)
        return path.count == 3 ? .picture(key) : .view(key)
    }
}
