import Fetch
import HTTPServer
import TestSupport
import Testing

@Suite(.serialized) struct StaticFilesTests {
    private static let digits = "0123456789"

    @Test("A file is served byte for byte", arguments: [0, 1, 65_536, 3_000_001])
    func fileIsServedByteForByte(_ size: Int) async throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try folder.write(bytes, to: "deep/er/picture.jpg")
        let fixture = try Fixture(folder)
        let resource = try await fixture.fetch("/deep/er/picture.jpg")
        #expect(resource.bytes == bytes)
        #expect(resource.contentType == "image/jpeg")
    }

    @Test(
        "A range is answered with its part",
        arguments: [
            ("bytes=0-0", "0", "0-0"), ("bytes=2-4", "234", "2-4"), ("bytes=7-", "789", "7-9"),
            ("bytes=-2", "89", "8-9"),
            ("bytes=5-100", "56789", "5-9"), ("bytes=-100", digits, "0-9"), ("bytes=0-9", digits, "0-9"),
            ("bytes=3-99999999999999999999", "3456789", "3-9"),
        ])
    func rangeIsAnswered(_ range: String, _ part: String, _ positions: String) throws {
        let response = try Self.get(headers: "Range: \(range)")
        #expect(response.status == 206)
        #expect(response.text == part)
        #expect(response.header("Content-Range") == "bytes \(positions)/10")
        #expect(response.header("Content-Length") == "\(part.utf8.count)")
    }

    @Test(
        "A range behind the end is 416",
        arguments: ["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=99999999999999999999-"])
    func rangeBehindTheEnd(_ range: String) throws {
        let response = try Self.get(headers: "Range: \(range)")
        #expect(response.status == 416)
        #expect(response.header("Content-Range") == "bytes */10")
    }

    @Test(
        "What is no single range gets the whole file",
        arguments: [
            "bytes=4-2", "bytes=a-b", "bytes=", "bytes=-", "bytes=1-2,4-5", "lines=1-2", "bytes=+1-2", "bytes 1-2",
            "bytes=1 -2",
        ])
    func otherRangesGetAll(_ range: String) throws {
        let response = try Self.get(headers: "Range: \(range)")
        #expect(response.status == 200)
        #expect(response.text == Self.digits)
    }

    @Test("If-Range decides whether a range counts")
    func ifRange() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.digits, to: "a.jpg")
        let fixture = try Fixture(folder)
        let whole = try RawResponse(to: "GET /a.jpg HTTP/1.1", port: fixture.server.port)
        func status(_ condition: String) throws -> Int {
            let request = "GET /a.jpg HTTP/1.1\r\nRange: bytes=1-2\r\nIf-Range: \(condition)"
            return try RawResponse(to: request, port: fixture.server.port).status
        }
        #expect(try status(#require(whole.header("ETag"))) == 206)
        #expect(try status(#require(whole.header("Last-Modified"))) == 206)
        #expect(try status("\"other\"") == 200)
        #expect(try status("Sun, 06 Nov 1994 08:49:37 GMT") == 200)
    }

    @Test("An unchanged file is not sent again, a changed one is")
    func unchangedIsNotSentAgain() async throws {
        let folder = try TemporaryFolder()
        try folder.write("picture", to: "a.jpg")
        let fixture = try Fixture(folder)
        let first = try await fixture.fetch("/a.jpg")
        let second = try await fixture.fetch("/a.jpg", unlessMatching: first.etag)
        #expect(!first.unchanged)
        #expect(second.unchanged && second.bytes.isEmpty)
        #expect(second.etag == first.etag)
        try folder.write("another", to: "a.jpg")
        let third = try await fixture.fetch("/a.jpg", unlessMatching: first.etag)
        #expect(third.bytes == Array("another".utf8))
        #expect(third.etag != first.etag)
    }

    @Test("The conditions of a request are understood in every form")
    func conditions() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.digits, to: "a.jpg")
        let fixture = try Fixture(folder)
        func get(_ header: String) throws -> RawResponse {
            try RawResponse(to: "GET /a.jpg HTTP/1.1\r\n\(header)", port: fixture.server.port)
        }
        let tag = try #require(try get("X: y").header("ETag"))
        let date = try #require(try get("X: y").header("Last-Modified"))
        for held in [tag, "W/\(tag)", "\"other\", \(tag)", "\(tag) , \"other\"", "*"] {
            let response = try get("If-None-Match: \(held)")
            #expect(response.status == 304, "\(held)")
            #expect(response.body.isEmpty)
            #expect(response.header("ETag") == tag)
            #expect(response.header("Content-Length") ?? "10" == "10")
        }
        for other in ["\"other\"", "", tag.dropLast().description, "\"\""] {
            #expect(try get("If-None-Match: \(other)").status == 200, "\(other)")
        }
        #expect(try get("If-Modified-Since: \(date)").status == 304)
        #expect(try get("If-Modified-Since: Fri, 31 Dec 2100 23:59:59 GMT").status == 304)
        #expect(try get("If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT").status == 200)
        #expect(try get("If-Modified-Since: yesterday").status == 200)
        // The tag decides alone where both are sent.
        #expect(try get("If-Modified-Since: \(date)\r\nIf-None-Match: \"other\"").status == 200)
    }

    @Test("HEAD answers with the headers of GET and no body")
    func headHasNoBody() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.digits, to: "a.jpg")
        let fixture = try Fixture(folder)
        let head = try RawResponse(to: "HEAD /a.jpg HTTP/1.1", port: fixture.server.port)
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head.header("Content-Length") == "10")
        #expect(head.header("Accept-Ranges") == "bytes")
    }

    @Test("Other methods are not answered", arguments: ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "get", "TRACE"])
    func otherMethodsAreRefused(_ method: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.digits, to: "a.jpg")
        let fixture = try Fixture(folder)
        let response = try RawResponse(to: "\(method) /a.jpg HTTP/1.1", port: fixture.server.port)
        #expect(response.status == 405)
        #expect(response.header("Allow") == "GET, HEAD")
    }

    @Test(
        "The type follows the extension, whatever its case",
        arguments: [
            ("a.jpg", "image/jpeg"), ("a.JPEG", "image/jpeg"), ("a.b.png", "image/png"), ("a.TIF", "image/tiff"),
            ("a.webp", "image/webp"), ("a", "application/octet-stream"), ("jpg", "application/octet-stream"),
            ("d.png/a", "application/octet-stream"), ("a.", "application/octet-stream"),
            ("t.csv", "text/csv; charset=utf-8"),
        ])
    func typeFollowsTheExtension(_ name: String, _ type: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.digits, to: name)
        #expect(try await Fixture(folder).fetch("/" + name).contentType == type)
    }

    @Test("A missing file is not found")
    func missingFile() async throws {
        let fixture = try Fixture(TemporaryFolder())
        await #expect(throws: FetchError.notFound(url: fixture.server.url + "/no.jpg", status: 404)) {
            try await fixture.fetch("/no.jpg")
        }
    }

    @Test("A client that goes away in mid-file harms nobody")
    func clientGoesAway() throws {
        let folder = try TemporaryFolder()
        try folder.write([UInt8](repeating: 1, count: 20 << 20), to: "large.jpg")
        try folder.write(Self.digits, to: "a.jpg")
        let fixture = try Fixture(folder)
        for _ in 0..<20 {
            let connection = try RawSocket.connected(to: fixture.server.port)
            connection.send("GET /large.jpg HTTP/1.1\r\nHost: test\r\n\r\n")
            #expect(connection.readSome() > 0)
            connection.close()
        }
        #expect(try RawResponse(to: "GET /a.jpg HTTP/1.1", port: fixture.server.port).text == Self.digits)
    }

    @Test("A folder that is missing or none cannot be served")
    func missingFolder() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("x", to: "file")
        #expect(throws: HTTPServerError.folderMissing(path: folder.path + "/no")) {
            try StaticFiles(folder: folder.path + "/no")
        }
        #expect(throws: HTTPServerError.notAFolder(path: file)) { try StaticFiles(folder: file) }
        #expect(throws: HTTPServerError.folderMissing(path: folder.path + "/no")) {
            try StaticFiles.listing(of: folder.path + "/no")
        }
    }

    private static func get(headers: String = "X: y") throws -> RawResponse {
        let folder = try TemporaryFolder()
        try folder.write(digits, to: "a.jpg")
        let fixture = try Fixture(folder)
        return try RawResponse(to: "GET /a.jpg HTTP/1.1\r\n\(headers)", port: fixture.server.port)
    }
}
