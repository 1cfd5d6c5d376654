import Fetch
import HTTPServer
import TestSupport
import Testing

@Suite(.serialized) struct ListingTests {
    private static let oddNames = [
        "plain.jpg", "with space.jpg", "Mädchen.png", "100%.jpg", "%41.jpg", "hash#tag.jpg", "what?.jpg", "a+b&c=d.jpg",
        "quote\"'.jpg", "semi;colon.jpg", "back\\slash.jpg", "日本/写真.webp", "new\nline.jpg",
        "sub folder/ümlaut #1?.tiff",
        "<b>.jpg", "~tilde.jpg", "a:b@c.jpg", "trailing .jpg",
    ]

    @Test("Every name found is fetched by its URL", arguments: oddNames)
    func nameSurvivesItsURL(_ name: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write(name, to: name)
        let fixture = try Fixture(folder)
        let paths = try StaticFiles.listing(of: folder.path).files
        #expect(paths.map(\.description) == [name])
        let path = try #require(paths.first)
        #expect(try await fixture.fetch(path.urlPath).bytes == Array(name.utf8))
    }

    @Test("A name that is no text is listed and fetched too")
    func nameInLatin1() async throws {
        let folder = try TemporaryFolder()
        let name = Array("M".utf8) + [0xe4] + Array("dchen.jpg".utf8)
        try folder.write([1, 2, 3], toBytes: name)
        let fixture = try Fixture(folder)
        let path = try #require(try StaticFiles.listing(of: folder.path).files.first)
        #expect(path.bytes == name)
        #expect(path.urlPath == "/M%E4dchen.jpg")
        #expect(try await fixture.fetch(path.urlPath).bytes == [1, 2, 3])
    }

    @Test("The order is that of the bytes, and the extensions asked for count")
    func orderAndExtensions() throws {
        let folder = try TemporaryFolder()
        for name in [
            "b.jpg", "a/z.JPG", "a.jpg", "B.png", "a/b/c.jpeg", "notes.txt", "jpg", "d.jpg/e.tif", "10.jpg", "9.jpg",
        ] {
            try folder.write("x", to: name)
        }
        let expected = ["10.jpg", "9.jpg", "B.png", "a.jpg", "a/b/c.jpeg", "a/z.JPG", "b.jpg", "d.jpg/e.tif"]
        #expect(try StaticFiles.listing(of: folder.path).files.map(\.description) == expected)
        #expect(try StaticFiles.listing(of: folder.path, extensions: ["txt"]).files.map(\.description) == ["notes.txt"])
    }

    @Test("What the server would not serve is not listed")
    func unservedIsNotListed() throws {
        let outside = try TemporaryFolder()
        try outside.write("x", to: "secret.jpg")
        let folder = try TemporaryFolder()
        try folder.write("x", to: "real/a.jpg")
        try folder.write("x", to: ".hidden/a.jpg")
        try folder.write("x", to: ".a.jpg")
        try folder.makePipe("pipe.jpg")
        try folder.link("out.jpg", to: outside.path + "/secret.jpg")
        try folder.link("outside", to: outside.path)
        try folder.link("dangling.jpg", to: "nowhere.jpg")
        try folder.link("circle", to: ".")
        try folder.link("link.jpg", to: "real/a.jpg")
        let listing = try StaticFiles.listing(of: folder.path)
        #expect(listing.files.map(\.description) == ["link.jpg", "real/a.jpg"])
        #expect(listing.linksPassedOver == 4, "out.jpg, outside, dangling.jpg, circle")
    }

    @Test("A folder's page links to what it holds, with every name escaped")
    func pageOfAFolder() async throws {
        let folder = try TemporaryFolder()
        try folder.write("x", to: "<b>&\"1\".jpg")
        try folder.write("x", to: "sub/a.jpg")
        try folder.write("x", to: ".hidden.jpg")
        let fixture = try Fixture(folder, listsFolders: true)
        let page = String(decoding: try await fixture.fetch("/").bytes, as: UTF8.self)
        #expect(page.contains("<a href=\"/%3Cb%3E%26%221%22.jpg\">&lt;b&gt;&amp;&quot;1&quot;.jpg</a>"))
        #expect(page.contains("<a href=\"/sub/\">sub/</a>"))
        #expect(!page.contains("hidden"))
        let sub = try await fixture.fetch("/sub")
        #expect(sub.effectiveURL.hasSuffix("/sub/"))
        #expect(String(decoding: sub.bytes, as: UTF8.self).contains("<a href=\"/sub/a.jpg\">a.jpg</a>"))
    }
}
