import Testing

@testable import Fetch

@Suite struct RequestURLTests {
    @Test(
        "Only http and https are taken",
        arguments: [
            ("file:///etc/passwd", "file"), ("ftp://host/a.jpg", "ftp"), ("gopher://host/", "gopher"),
            ("dict://host:11211/stats", "dict"), ("FILE:///etc/passwd", "file"), ("ldap://host/", "ldap"),
            ("nonsense://host/", "nonsense"), ("scp://host/a", "scp"), ("ws://host/", "ws"),
        ])
    func otherSchemesAreForbidden(_ url: String, _ scheme: String) throws {
        let error = #expect(throws: FetchError.self) { try RequestURL(url) }
        #expect(error.map(HabitExpectation.caseName) == "forbiddenScheme")
        #expect(error?.description.contains("'\(scheme)'") == true)
    }

    @Test(
        "What is no URL is refused before anything is sent",
        arguments: [
            "", "a.jpg", "/a.jpg", "//host/a.jpg", "http://", "http:///", "http://host:99999/", "http://host:port/",
            "http://[::1/", "http://a\u{1}b/", "http://host/a\r\nX: y", "http://ho st/", "data:image/png;base64,AAAA",
            "javascript:alert(1)",
        ])
    func noURLIsRefused(_ url: String) throws {
        let error = #expect(throws: FetchError.self) { try RequestURL(url) }
        #expect(error.map(HabitExpectation.caseName) == "badURL")
    }

    @Test(
        "Spaces and letters beyond ASCII are encoded, what is encoded is left",
        arguments: [
            ("http://host/a b.jpg", "http://host/a%20b.jpg"),
            ("http://host/Mädchen.jpg", "http://host/M%c3%a4dchen.jpg"),
            ("http://host/a%20b%23.jpg?x=1&y=%25", "http://host/a%20b%23.jpg?x=1&y=%25"),
        ])
    func pathIsEncoded(_ url: String, _ encoded: String) throws {
        #expect(try RequestURL(url).text == encoded)
    }

    @Test(
        "One origin is one scheme, host and port",
        arguments: [
            ("http://HOST/a", "http://host:80"), ("https://host/a", "https://host:443"),
            ("http://user:word@host:8080/a", "http://host:8080"), ("http://[::1]/", "http://[::1]:80"),
            ("http://0x7f.1/", "http://127.0.0.1:80"),
        ])
    func originIsNormal(_ url: String, _ origin: String) throws {
        #expect(try RequestURL(url).origin == origin)
    }

    @Test(
        "Nothing secret is left in what errors show",
        arguments: [
            "http://user:secret@host/a.jpg", "http://secret@host/a.jpg", "http:/user:secret@host/a.jpg",
            "http:///user:secret@host/a.jpg", "http:user:secret@host/a.jpg", "user:secret@host/a.jpg",
            "http://us:er@secret@host/a.jpg", "http://host/a.jpg?token=secret",
            "http://host/a.jpg?a=1&X-Amz-Signature=secret",
            "http://host/a.jpg#secret", "HTTP://user:secret@host", "http://user:secret@", "//user:secret@host/",
            "ftp://user:secret@host/a", "http://user:%73ecret@ho st/",
        ])
    func nothingSecretIsShown(_ url: String) async throws {
        #expect(!RequestURL.redacted(url).contains("ecret"))
        #expect(RequestURL.withoutCredentials(url).contains("host") == url.contains("host"))
        let fetcher = try Fetcher()
        fetcher.close()
        let error = await #expect(throws: FetchError.self) { try await fetcher.fetch(url) }
        #expect(error.map { "\($0)".contains("ecret") } == false)
        #expect(error.map { String(reflecting: $0).contains("ecret") } == false)
    }

    @Test(
        "What is not secret stays as it is",
        arguments: [
            "http://host/a.jpg", "http://host:8080/photos/user@N00/1.jpg", "https://[::1]:80/a/b", "http://host/a:b@c",
        ])
    func plainURLIsShownWhole(_ url: String) {
        #expect(RequestURL.redacted(url) == url)
        #expect(RequestURL.withoutCredentials(url) == url)
    }
}
