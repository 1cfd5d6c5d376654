import CSV
import Testing

@Suite struct CSVReaderTests {
    private func records(of text: String, pieces size: Int = .max) -> [Result<CSVReader.Record, CSVError>] {
        records(of: Array(text.utf8), pieces: size)
    }

    private func records(of bytes: [UInt8], pieces size: Int = .max) -> [Result<CSVReader.Record, CSVError>] {
        var reader = CSVReader()
        var results: [Result<CSVReader.Record, CSVError>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            reader.read(rest.prefix(size)) { results.append($0) }
            rest = rest.dropFirst(size)
        }
        reader.finish { results.append($0) }
        return results
    }

    @Test("fields, quotes, doubled quotes, commas and line breaks inside quotes", arguments: [1, 2, 3, 7, 1000])
    func quoting(piece: Int) {
        let text = "url,note\nhttp://a/1,plain\n\"http://a/2\",\"say \"\"x\"\", or\r\nnot\"\r\n,\n"
        #expect(
            records(of: text, pieces: piece) == [
                .success(.init(line: 1, fields: ["url", "note"])),
                .success(.init(line: 2, fields: ["http://a/1", "plain"])),
                .success(.init(line: 3, fields: ["http://a/2", "say \"x\", or\r\nnot"])),
                .success(.init(line: 5, fields: ["", ""])),
            ])
    }

    @Test("a byte order mark is skipped, a last line without an end is read")
    func marks() {
        #expect(records(of: "\u{FEFF}a\nb", pieces: 1).compactMap { try? $0.get().fields } == [["a"], ["b"]])
    }

    @Test("a first letter that begins like a byte order mark is kept")
    func almostMark() {
        #expect(records(of: "\u{FF01}x\n", pieces: 1) == [.success(.init(line: 1, fields: ["\u{FF01}x"]))])
    }

    @Test("a bad line is named and the next one is read")
    func badLines() {
        let bytes = Array("ok\n\"a\"b,c\n".utf8) + [0xFF, 0x0A] + Array("fine\n\"open\nfor ever".utf8)
        #expect(
            records(of: bytes) == [
                .success(.init(line: 1, fields: ["ok"])),
                .failure(CSVError(.textAfterQuote, lines: 2...2)),
                .failure(CSVError(.notUTF8, lines: 3...3)),
                .success(.init(line: 4, fields: ["fine"])),
                .failure(CSVError(.unclosedQuote, lines: 5...6)),
            ])
    }

    @Test("an error names every line that is lost with it", arguments: [1, 4, 1000])
    func lostLines(piece: Int) {
        #expect(records(of: "u\n\"a\nb\nc\n", pieces: piece).last == .failure(CSVError(.unclosedQuote, lines: 2...4)))
        #expect(
            records(of: "\"a\nb\"c\nfine\n", pieces: piece) == [
                .failure(CSVError(.textAfterQuote, lines: 1...2)), .success(.init(line: 3, fields: ["fine"])),
            ])
    }

    @Test("an endless record is refused and does not fill memory")
    func endless() {
        let bytes = Array("\"".utf8) + [UInt8](repeating: 0x61, count: CSVReader.recordLimit + 10) + Array("\nz\n".utf8)
        #expect(
            records(of: bytes, pieces: 4096) == [
                .failure(CSVError(.recordTooLong(limit: CSVReader.recordLimit), lines: 1...1)),
                .success(.init(line: 2, fields: ["z"])),
            ])
    }

    @Test("what follows in a refused record is not read as fields")
    func restOfRefusedRecord() {
        let long = Array("\"".utf8) + [UInt8](repeating: 0x61, count: CSVReader.recordLimit)
        #expect(
            records(of: long + Array(",\"b,,\nnext\n\"a\"b,\"c\nlast\n".utf8), pieces: 4096) == [
                .failure(CSVError(.recordTooLong(limit: CSVReader.recordLimit), lines: 1...1)),
                .success(.init(line: 2, fields: ["next"])),
                .failure(CSVError(.textAfterQuote, lines: 3...3)),
                .success(.init(line: 4, fields: ["last"])),
            ])
    }

    @Test("lines are records of one field, whatever they hold")
    func lines() {
        var reader = CSVReader(dialect: .lines)
        var results: [Result<CSVReader.Record, CSVError>] = []
        reader.read(Array("\u{FEFF}\"a,b\r\n\n,\"c".utf8)) { results.append($0) }
        reader.finish { results.append($0) }
        #expect(
            results == [
                .success(.init(line: 1, fields: ["\"a,b"])),
                .success(.init(line: 2, fields: [""])),
                .success(.init(line: 3, fields: [",\"c"])),
            ])
    }

    @Test("what the writer writes the reader reads")
    func roundTrip() {
        var generator = SystemRandomNumberGenerator()
        let alphabet: [Character] = ["a", ",", "\"", "\n", "\r\n", " ", "é", "\t"]
        for _ in 0..<500 {
            let fields = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                String((0..<Int.random(in: 0...6)).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] })
            }
            let text = CSVWriter.record(fields)
            #expect(
                records(of: text, pieces: Int.random(in: 1...9)) == [.success(.init(line: 1, fields: fields))],
                "\(fields) was written as \(text)")
        }
    }
}
