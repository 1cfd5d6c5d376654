import TestSupport
import Testing

@testable import HTTPServer

@Suite(.serialized) struct TraversalTests {
    private static let targets = [
        "/../secret.txt", "/../../secret.txt", "/sub/../../secret.txt", "/./../secret.txt", "/sub/./../../secret.txt",
        "/%2e%2e/secret.txt", "/%2E%2E/secret.txt", "/.%2e/secret.txt", "/%2e./secret.txt", "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt", "/sub%2f..%2f..%2fsecret.txt", "/%252e%252e/secret.txt", "/%252e%252e%252fsecret.txt",
        "/..\\secret.txt", "/..%5csecret.txt", "/..%5c..%5csecret.txt", "/%2e%2e%5csecret.txt", "/....//secret.txt",
        "/..;/secret.txt", "/%c0%ae%c0%ae/secret.txt", "/%c0%ae%c0%ae%c0%afsecret.txt", "/%uff0e%uff0e/secret.txt",
        "/sub/%00/../../secret.txt", "/..%00/secret.txt", "/picture.jpg%00/../../secret.txt", "/%00", "/%", "/%2",
        "/%zz",
        "//secret.txt", "//etc/passwd", "/%2fetc/passwd", "/%2f%2fetc%2fpasswd", "///etc/passwd", "/out/secret.txt",
        "/out", "/out/", "/secret-link.txt", "/passwd", "/root/etc/passwd", "/up/secret.txt", "/up/../secret.txt",
        "/process/root/etc/passwd", "/process/cwd/secret.txt", "/sub/up/up/secret.txt", "/.hidden",
        "/.hidden/secret.txt",
        "/sub/.hidden.txt", "/%2ehidden", "secret.txt", "../secret.txt", "*", "http://test/../secret.txt",
        "http://test/%2e%2e/secret.txt", "http://../secret.txt", "/pipe", "/sub", "/sub/", "/", "/picture.jpg/",
        "/picture.jpg/../../secret.txt", "/\(String(repeating: "a/", count: 3000))",
        "/\(String(repeating: "a", count: 300))",
    ]

    @Test("Nothing outside the folder is answered with", arguments: targets)
    func nothingOutsideIsServed(_ target: String) throws {
        let archive = try Archive()
        for server in [archive.byKernel, archive.byWalk, archive.listing] {
            let response = try RawResponse(to: "GET \(target) HTTP/1.1", port: server.port)
            #expect(!response.text.contains("SECRET"))
            #expect(!response.text.contains("root:"))
            #expect(server.port == archive.listing.port || (400...404).contains(response.status), "\(response.status)")
        }
    }

    @Test("A link that stays within the folder is served where the kernel resolves it")
    func linkWithinIsServed() throws {
        let archive = try Archive()
        let byKernel = try RawResponse(to: "GET /within.jpg HTTP/1.1", port: archive.byKernel.port)
        let byWalk = try RawResponse(to: "GET /within.jpg HTTP/1.1", port: archive.byWalk.port)
        #expect(byKernel.text == "picture")
        #expect(byWalk.status == 404)
    }

    @Test(
        "The files themselves are served, however the path is resolved",
        arguments: [
            "/picture.jpg", "/sub/deeper/picture.jpg", "/%70icture.jpg", "/sub%2fdeeper%2fpicture.jpg",
            "http://test/picture.jpg", "/picture.jpg?x=../..", "/back%5cslash.jpg",
        ])
    func filesAreServed(_ target: String) throws {
        let archive = try Archive()
        for server in [archive.byKernel, archive.byWalk] {
            let response = try RawResponse(to: "GET \(target) HTTP/1.1", port: server.port)
            #expect(response.status == 200 && response.text == "picture")
        }
    }
}

/// A folder with pictures and every kind of link out of it, beside a secret; served in three ways.
private struct Archive {
    let byKernel: HTTPServer
    let byWalk: HTTPServer
    let listing: HTTPServer
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("SECRET", to: "secret.txt")
        for name in ["picture.jpg", "sub/deeper/picture.jpg", "back\\slash.jpg"] {
            try folder.write("picture", to: "served/" + name)
        }
        for name in [".hidden", "sub/.hidden.txt"] { try folder.write("SECRET", to: "served/" + name) }
        try folder.link("served/out", to: folder.path)
        try folder.link("served/secret-link.txt", to: "../secret.txt")
        try folder.link("served/passwd", to: "/etc/passwd")
        try folder.link("served/root", to: "/")
        try folder.link("served/up", to: "..")
        try folder.link("served/sub/up", to: "..")
        try folder.link("served/process", to: "/proc/self")
        try folder.link("served/within.jpg", to: "sub/deeper/picture.jpg")
        try folder.makePipe("served/pipe")
        let root = folder.path + "/served"
        byKernel = try Self.serve(ServedFolder(root), listsFolders: false)
        byWalk = try Self.serve(ServedFolder(root, resolution: .walk), listsFolders: false)
        listing = try Self.serve(ServedFolder(root), listsFolders: true)
    }

    private static func serve(_ folder: ServedFolder, listsFolders: Bool) throws -> HTTPServer {
        let files = StaticFiles(folder: folder, listsFolders: listsFolders)
        return try HTTPServer(port: 0) { files.response(to: $0) }
    }
}
