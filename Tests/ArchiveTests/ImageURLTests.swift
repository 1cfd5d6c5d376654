import Archive
import Testing

struct ImageURLTests {
    @Test(
        "URLs of pictures are taken as archives write them",
        arguments: [
            "http://a", "https://a.example/x.jpg", "HTTPS://A/x", "Http://a:8080?x#y", "http://[::1]/x",
            "http://user@a/",
            "http://a/Straße/市.jpg", "http://a/%20,\"';|\\", "http://127.0.0.1/" + String(repeating: "x", count: 8175),
        ])
    func urlsAreTaken(url: String) {
        #expect(ImageURL.problem(with: url) == nil)
    }

    @Test(
        "What is no http URL is refused",
        arguments: [
            "", "http:", "http:/a", "htp://a", "//a", "a.example/x", "ftp://a/x", " http://a", "file:///x",
            "httpss://a",
        ])
    func othersAreRefused(text: String) {
        #expect(ImageURL.problem(with: text) == "“\(text)” is not a URL that begins with http:// or https://")
    }

    @Test("A URL without a host is refused", arguments: ["http://", "https:///x", "http://?x", "https://#x"])
    func hostsAreNeeded(url: String) {
        #expect(ImageURL.problem(with: url) == "“\(url)” names no host")
    }

    @Test(
        "A URL holds neither spaces nor control characters",
        arguments: [
            "http://a b", "http:// a", "http://a/\t", "http://a/\n", "http://a/\r\nx", "http://a\0", "http://a/\u{A0}",
            "http://a/\u{2028}", "http://a/\u{85}", "http://a/\u{7F}",
        ])
    func spacesAreRefused(url: String) {
        #expect(ImageURL.problem(with: url) == "“\(url)” holds a space or a control character")
    }

    @Test("The limit counts characters as the database does")
    func lengthIsLimited() {
        let longest = "http://a/" + String(repeating: "é", count: ImageURL.limit - 9)
        #expect(ImageURL.problem(with: longest) == nil)
        #expect(ImageURL.problem(with: longest + "x") == "the URL is longer than 8192 characters")
        // One character for people, two for the database.
        let combined = "http://a/" + String(repeating: "e\u{301}", count: ImageURL.limit - 9)
        #expect(ImageURL.problem(with: combined) != nil)
    }

    @Test("A refusal shows the beginning of a long text only")
    func refusalsAreShort() throws {
        let problem = try #require(ImageURL.problem(with: String(repeating: "x", count: 5000)))
        #expect(problem.count < 200)
    }
}
