import Testing

@testable import Archive

struct URLListTests {
    private typealias BadLine = URLList.BadLine

    /// What becomes of a list that arrives in pieces of `size` bytes.
    private func read(
        _ text: String, pieces size: Int = .max
    ) throws -> [Result<IncomingImage, URLList.BadLine>] {
        try read(Array(text.utf8), pieces: size)
    }

    private func read(_ bytes: [UInt8], pieces size: Int) throws -> [Result<IncomingImage, URLList.BadLine>] {
        var list = URLList(source: "list")
        var results: [Result<IncomingImage, URLList.BadLine>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            try list.read(Array(rest.prefix(size))) { results.append($0) }
            rest = rest.dropFirst(size)
        }
        try list.finish { results.append($0) }
        return results
    }

    private func image(
        _ line: Int, _ url: String, key: String? = nil, takenAt: Int64? = nil, extra: String? = nil
    ) -> Result<IncomingImage, URLList.BadLine> {
        .success(IncomingImage(line: line, url: url, key: key, takenAt: takenAt, extra: extra))
    }

    /// The lines that were left out.
    private func badLines(_ text: String) throws -> [Int] {
        try read(text).compactMap { result in
            if case .failure(let bad) = result { bad.lines.lowerBound } else { nil }
        }
    }

    private func header(_ problem: String) -> ArchiveError {
        .badHeader(source: "list", reason: "the first line \(problem)")
    }

    @Test("Plain text: a URL a line; empty lines and comments count as lines", arguments: [1, 2, 5, 1000])
    func plainText(piece: Int) throws {
        let text = "\u{FEFF}\n# my pictures, \"Berlin\nhttp://a/1\r\n\n  # more\n \t https://a/2 \nHTTP://A/3"
        #expect(
            try read(text, pieces: piece) == [image(3, "http://a/1"), image(6, "https://a/2"), image(7, "HTTP://A/3")])
    }

    @Test("In plain text commas and quotes are part of the URL, from the first line on", arguments: [1, 1000])
    func plainTextIsNoCSV(piece: Int) throws {
        let urls = ["http://a/1,2,\"x", "http://a/3,\"y\"", "http://a/4"]
        #expect(
            try read(urls.joined(separator: "\n") + "\n", pieces: piece)
                == [image(1, urls[0]), image(2, urls[1]), image(3, urls[2])])
    }

    @Test("CSV: columns in any order, in any case, with spaces", arguments: [1, 3, 1000])
    func csv(piece: Int) throws {
        let text = """
            \u{FEFF}# exported today

            Key, URL ,taken_at\r
            B 1,http://a/1,1936-08-01\r

            "x ""y"", z", http://a/2 ,
            ,"http://a/3,4",1970

            """
        #expect(
            try read(text, pieces: piece) == [
                image(4, "http://a/1", key: "B 1", takenAt: -1_054_598_400_000_000),
                image(6, "http://a/2", key: "x \"y\", z"),
                image(7, "http://a/3,4", takenAt: 0),
            ])
    }

    @Test("Further columns are kept as JSON, empty ones and those without a name are not")
    func extraColumns() throws {
        let text =
            "url,Photographer,place,,\nhttp://a/1,\"A \"\"B\"\" / Ü\n2\",,lost,\nhttp://a/2,,,,\nhttp://a/3,x,y,,\n"
        #expect(
            try read(text) == [
                image(2, "http://a/1", extra: #"{"photographer":"A \"B\" / Ü\n2"}"#),
                image(4, "http://a/2"),
                image(5, "http://a/3", extra: #"{"photographer":"x","place":"y"}"#),
            ])
    }

    @Test("A header of url alone is CSV")
    func loneColumn() throws {
        #expect(try read("url\n\"http://a/1\"\n") == [image(2, "http://a/1")])
    }

    @Test("Bad lines of plain text are left out by their numbers, the others are read")
    func badText() throws {
        #expect(
            try badLines("http://a/1\nftp://a/2\n\nhttp://a/3\nhttp:// a\nhttp:///x\nhttp://a/4\nnonsense") == [
                2, 5, 6, 8,
            ])
    }

    @Test("A first line of one word that is no URL is a bad line, not a header")
    func badFirstLine() throws {
        #expect(try badLines("www.example.org/1.jpg\nhttp://a/1\n") == [1])
    }

    @Test("Bad lines of CSV are left out by the numbers they begin on, the others are read")
    func badCSV() throws {
        let text = """
            url,key,taken_at
            http://a/1,"two
            lines",1936
            ,k,
            http://a/2,k
            http://a/3,k,,x
            http://a/4,k,yesterday
            http://a/5,k\0,
            "http://a/6"x,k,
            http://a/7,,
            http://a/8,"never closed
            """
        let results = try read(text)
        #expect(results.compactMap { try? $0.get().line } == [2, 10])
        #expect(
            results.compactMap { result in
                if case .failure(let bad) = result { bad } else { nil }
            } == [
                BadLine(line: 4, reason: "“” is not a URL that begins with http:// or https://"),
                BadLine(line: 5, reason: "2 fields, but the header names 3"),
                BadLine(line: 6, reason: "4 fields, but the header names 3"),
                BadLine(
                    line: 7, reason: "taken_at “yesterday” is no time such as 1936-08-01 or 1936-08-01T16:30:00Z"),
                BadLine(line: 8, reason: "column key holds a zero byte"),
                BadLine(line: 9, reason: "text follows a closing quote"),
                BadLine(lines: 11...11, reason: "a quote is opened and never closed"),
            ])
    }

    @Test("Bytes that are not UTF-8 are a bad line of either format", arguments: ["http://a/1\n", "url,key\n"])
    func badBytes(start: String) throws {
        let bytes = Array(start.utf8) + [0xFF, 0xFE, 0x0A] + Array("http://a/2".utf8)
        let results = try read(bytes, pieces: 7)
        #expect(results.contains(.failure(BadLine(line: 2, reason: "not UTF-8"))))
    }

    @Test(
        "A header that cannot be used is refused for what is wrong with it",
        arguments: [
            ("name,key\nhttp://a/1,k\n", "names no column url (it has name, key)"),
            ("picture,http://a/1\n", "names no column url (it has picture, http://a/1)"),
            ("url;key,x\n", "names its columns between semicolons: only commas are understood"),
            ("URL;Anzahl\nhttp://h/1.jpg;12\n", "names its columns between semicolons: only commas are understood"),
            ("key\turl\n", "names its columns between tabs: only commas are understood"),
            ("url,key,url\n", "names the column url twice"),
            ("url,Place,place \n", "names the column place twice"),
            ("url,a\0b\n", "holds a zero byte"),
            ("url,\"key\n", "cannot be read: a quote is opened and never closed"),
        ])
    func badHeaders(text: String, problem: String) {
        #expect(throws: header(problem)) { try read(text) }
        #expect(throws: header(problem)) { try read(text, pieces: 1) }
    }

    @Test("A list without lines holds nothing", arguments: ["", "\n\n", "# nothing\n", "\u{FEFF}", "url,key\n"])
    func emptyLists(text: String) throws {
        #expect(try read(text).isEmpty)
    }

    @Test("What the caller throws ends the reading")
    func callersErrorsPass() {
        struct Enough: Error {}
        var list = URLList(source: "list")
        #expect(throws: Enough.self) { try list.read(Array("http://a/1\n".utf8)) { _ in throw Enough() } }
    }
}
