import Archive
import Concurrency
import Density
import Postgres
import TestSupport
import Testing

@Suite struct EnqueueTests {
    @Test("the same list enqueued twice adds nothing, and numbers have no gap")
    func idempotent() async throws {
        try await TestArchive.withFresh { archive, connection in
            let list = "http://h/1\nhttp://h/2\nhttp://h/1\nhttp://h/3\n"
            #expect(try await archive.enqueueForTest("set", list: list).added == 3)
            #expect(try await archive.enqueueForTest("set", list: list + "http://h/4\n").added == 1)
            let numbers = try await connection.query("SELECT number, url FROM headcount.images ORDER BY number")
            #expect(try numbers.map { try $0.decode(Int.self, "number") } == [1, 2, 3, 4])
            #expect(
                try numbers.map { try $0.decode(String.self, "url") }
                    == ["http://h/1", "http://h/2", "http://h/3", "http://h/4"])
            let progress = try await archive.progress(ofSet: "set")
            #expect(progress.map(\.images) == [4])
        }
    }

    @Test("lines that hold much come in several parts, for a statement holds no gigabyte")
    func longLines() async throws {
        try await TestArchive.withFresh { archive, connection in
            let note = String(repeating: "x", count: 30_000)
            let (next, parts) = (Locked(0), Locked(0))
            let summary = try await archive.enqueue(
                EnqueueRequest(set: "set", model: nil), from: "test",
                nextPiece: {
                    let number = next.withLock { next in
                        defer { next += 1 }
                        return next
                    }
                    guard number <= 1500 else { return nil }
                    return Array((number == 0 ? "url,note\n" : "http://h/\(number),\(note)\n").utf8)
                },
                onBadLine: { _ in }, onProgress: { _ in parts.withLock { $0 += 1 } })
            #expect(summary.added == 1500)
            #expect(parts.withLock { $0 } == 2)
        }
    }

    @Test("what is there already is left out, however long it is and wherever it stands; the others keep their order")
    func doubles() async throws {
        try await TestArchive.withFresh { archive, connection in
            let long = "http://h/" + String(repeating: "x", count: 5000)
            let odd = "HTTP://h/%E2%82%AC/\u{20AC}?a=http:///#b"
            try await archive.enqueueForTest("set", list: "\(long)\n\(odd)\nhttp://h/b\nhttp://h/a\n")
            let list = "http://h/z\n\(long)y\n\(long)\nhttp://h/c\n\(odd)\n\(long)y\nhttp://h/z\nhttp://h/B\n"
            #expect(try await archive.enqueueForTest("set", list: list).added == 4)
            let rows = try await connection.query("SELECT url FROM headcount.images ORDER BY number")
            #expect(
                try rows.map { try $0.decode(String.self, "url") }
                    == [long, odd, "http://h/b", "http://h/a", "http://h/z", long + "y", "http://h/c", "http://h/B"])
            #expect(try await archive.image(long + "y", ofSet: "set").number == 6)
        }
    }

    @Test("columns of a CSV list are kept with the image")
    func columns() async throws {
        try await TestArchive.withFresh { archive, connection in
            let list = "url,taken_at,key,place\nhttp://h/1,1936-08-01T16:30:00Z,a-1,\"Berlin, Stadion\"\n"
            _ = try await archive.enqueueForTest("set", list: list)
            let row = try await connection.query(
                """
                SELECT key, taken_at = '1936-08-01 16:30+00' AS same_time, extra ->> 'place' AS place
                FROM headcount.images
                """
            ).first
            #expect(try row?.decode(String.self, "key") == "a-1")
            #expect(try row?.decode(Bool.self, "same_time") == true)
            #expect(try row?.decode(String.self, "place") == "Berlin, Stadion")
        }
    }

    @Test("two enqueuing into one set at once lose nothing and double nothing")
    func concurrent() async throws {
        try await TestDatabase.withFresh { url in
            let configuration = PostgresConfiguration(connectionString: url, applicationName: "test")
            let first = try await PostgresConnection.connect(configuration)
            try await Migrator(first, migrations: TestArchive.migrations()).migrate()
            try await Archive(first).addModel(
                name: "nobody", manifest: TestArchive.manifest, digest: TestArchive.digest(), files: [:],
                makeDefault: true)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for part in 0..<4 {
                    group.addTask {
                        let archive = Archive(try await PostgresConnection.connect(configuration))
                        // Each list shares half of its images with the next.
                        let list = (part * 100..<part * 100 + 200).map { "http://h/\($0)\n" }.joined()
                        try await archive.enqueueForTest("set", list: list)
                        await archive.close()
                    }
                }
                try await group.waitForAll()
            }
            let row = try await first.query(
                "SELECT count(*) AS n, count(DISTINCT url) AS urls, max(number) AS last FROM headcount.images"
            ).first
            #expect(try row?.decode(Int.self, "n") == 500)
            #expect(try row?.decode(Int.self, "urls") == 500)
            #expect(try row?.decode(Int.self, "last") == 500)
            #expect(try await Archive(first).progress(ofSet: "set").map(\.pending) == [500])
        }
    }

    @Test("SELECT headcount.enqueue works from psql, twice in one transaction too")
    func fromSQL() async throws {
        try await TestArchive.withFresh { archive, connection in
            try await connection.transaction { connection in
                for _ in 0..<2 {
                    _ = try connection.query("SELECT headcount.enqueue('s', ARRAY['http://h/1', 'https://h/2'])")
                }
            }
            #expect(try await archive.progress(ofSet: "s").map(\.images) == [2])
        }
    }

    @Test(
        "SQL refuses what is no URL of an image",
        arguments: ["ftp://h/1", "http:///x", "http://h/a b", "file:///etc/passwd", "", "http://h/\u{7}"])
    func refusedBySQL(url: String) async throws {
        #expect(ImageURL.problem(with: url) != nil)
        try await TestArchive.withFresh { _, connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query("SELECT headcount.enqueue('s', ARRAY[$1])", [url])
            }
            #expect(error?.sqlState == "22023")
            #expect(error?.description.contains("URL 1 of the list") == true)
        }
    }

    @Test("the inbox refuses what is no URL by naming it, and keeps nothing of the statement")
    func refusedByInbox() async throws {
        try await TestArchive.withFresh { _, connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query(
                    "INSERT INTO headcount.inbox (set_name, url) VALUES ('s', 'http://h/1'), ('s', 'h/2')")
            }
            #expect(error?.sqlState == "22023")
            #expect(error?.description.contains("(h/2) does not begin with http:// or https://") == true)
            let sets = try await connection.query("SELECT FROM headcount.sets")
            #expect(sets.isEmpty)
        }
    }

    @Test("SQL refuses an infinite time by naming its image, and keeps nothing", arguments: ["infinity", "-infinity"])
    func infiniteTimes(time: String) async throws {
        try await TestArchive.withFresh { _, connection in
            for statement in [
                """
                INSERT INTO headcount.inbox (set_name, url, taken_at)
                VALUES ('s', 'http://h/1', '1936-08-01'), ('s', 'http://h/2', NULL), ('s', 'http://h/3', '\(time)')
                """,
                """
                SELECT headcount.take_in('s', NULL, NULL, 0, false, ARRAY['http://h/1', 'http://h/2', 'http://h/3'],
                    NULL, ARRAY['1936-08-01', NULL, '\(time)']::timestamptz[], NULL)
                """,
            ] {
                let error = await #expect(throws: PostgresError.self) { try await connection.query(statement) }
                #expect(error?.sqlState == "22023")
                #expect(error?.description.contains("taken_at of http://h/3 is \(time)") == true, "\(error as Any)")
            }
            let sets = try await connection.query("SELECT FROM headcount.sets")
            #expect(sets.isEmpty)
        }
    }

    @Test("a large statement into the inbox is taken in by parts, in order, with one notice, and twice adds nothing")
    func largeInbox() async throws {
        try await TestArchive.withFresh { archive, connection in
            var notices = archive.notices().makeAsyncIterator()
            #expect(try await notices.next() == .work)
            func parts(_ statement: String) async throws -> Int {
                try await connection.execute("BEGIN; SET LOCAL track_functions = 'pl'")
                try await connection.execute(statement)
                let row = try await connection.query(
                    "SELECT calls FROM pg_stat_xact_user_functions WHERE funcname = 'take_in'"
                ).first
                try await connection.execute("COMMIT")
                return try row?.decode(Int.self, "calls") ?? 0
            }
            let many = """
                INSERT INTO headcount.inbox (set_name, url)
                SELECT 'many', 'http://h/' || n % 190000 FROM generate_series(0, 199999) AS n
                """
            for _ in 1...2 {
                #expect(try await parts(many) == 4)
                #expect(try await archive.progress(ofSet: "many").map(\.images) == [190_000])
            }
            let disorder = try await connection.query(
                "SELECT FROM headcount.images_1 WHERE url <> 'http://h/' || number - 1 LIMIT 1")
            #expect(disorder.isEmpty)
            // A megabyte each.
            let large = """
                INSERT INTO headcount.inbox (set_name, url, extra)
                SELECT 'large', 'http://l/' || n, jsonb_build_object('x', repeat('y', 1 << 20))
                FROM generate_series(1, 70) AS n
                """
            #expect(try await parts(large) == 3)
            #expect(try await archive.progress(ofSet: "large").map(\.images) == [70])
            // One for each statement that gave an idle queue something to do, and then this.
            _ = try await connection.query("UPDATE headcount.runs SET priority = 1 WHERE id = 2")
            var told: [WorkNotice] = []
            while told.last != .urgent, let notice = try await notices.next() { told.append(notice) }
            #expect(told == [.work, .work, .urgent])
        }
    }

    @Test("SQL names what is no set name, tile plan, model or priority in one line, and says what is")
    func refusedArguments() async throws {
        let cases = [
            ("s", "plan => 'grid:0x2'", "no tile plan \"grid:0x2\"", "grid:ROWSxCOLUMNS"),
            ("s", "model => 'ghost'", "no model \"ghost\"", "headcount model list"),
            ("s", "priority => 1001", "priority 1001 is not between -1000 and 1000", "highest priority"),
            ("s", "priority => NULL", "priority NULL is not between", "highest priority"),
        ]
        try await TestArchive.withFresh { archive, connection in
            try await archive.enqueueForTest("s", images: 1)
            for (set, argument, fault, remedy) in cases {
                for call in [
                    "headcount.enqueue('\(set)', ARRAY['http://h/1'], \(argument))",
                    "headcount.recount('\(set)', \(argument))",
                ] {
                    let error = await #expect(throws: PostgresError.self) {
                        try await connection.query("SELECT \(call)")
                    }
                    #expect(error?.description.contains(fault) == true, "\(call): \(error?.description ?? "")")
                    #expect(error?.description.contains(remedy) == true, "\(call): \(error?.description ?? "")")
                }
            }
            #expect(try await archive.progress(ofSet: "s").count == 1)
        }
    }

    @Test("the database itself refuses what no URL may hold", arguments: ["a b", "a\tb", "\u{1}", "b\u{7F}", "\n"])
    func refusedCharacters(text: String) async throws {
        try await TestArchive.withFresh { _, connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query(
                    "SELECT headcount.take_in('s', NULL, NULL, 0, false, $1, NULL, NULL, NULL)",
                    [["http://h/1", "http://h/" + text]])
            }
            #expect(error?.sqlState == "22023")
            #expect(error?.description.contains("URL 2 of the list") == true, "\(error?.description ?? "")")
        }
    }

    @Test(
        "what cannot be the name of a set is refused in the same words by Swift and by SQL",
        arguments: [
            ("", "is blank"), ("  ", "is blank"), (" \u{3000}\u{2003}", "is blank"),
            ("two\nlines", "holds a control character"), ("\t", "holds a control character"),
            ("\u{85}", "holds a control character"), ("a\u{7F}", "holds a control character"),
            ("caf\u{FFFD}", "holds U+FFFD, which stands for bytes that are not UTF-8"),
            (String(repeating: "ä", count: 201), "is longer than 200 characters"),
            (String(repeating: "👩‍👩‍👧", count: 41), "is longer than 200 characters"),
        ])
    func refusedNames(name: String, problem: String) async throws {
        #expect(ImageSetName.problem(with: name) == problem)
        try await TestArchive.withFresh { archive, connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query("SELECT headcount.enqueue($1, ARRAY['http://h/1'])", [name])
            }
            #expect(error?.sqlState == "22023")
            #expect(error?.description.contains("its name \(problem)") == true, "\(error?.description ?? "")")
            await #expect(throws: ArchiveError.badSetName(name, reason: problem)) {
                try await archive.enqueueForTest(name, images: 1)
            }
        }
    }

    @Test(
        "any other text is a name", arguments: ["a", " a ", "Zürich 1936", "日本", "'; DROP TABLE x; --", "👩‍👩‍👧"])
    func names(name: String) async throws {
        #expect(ImageSetName.problem(with: name) == nil)
        try await TestArchive.withFresh { archive, connection in
            _ = try await connection.query("SELECT headcount.enqueue($1, ARRAY['http://h/1'])", [name])
            #expect(try await archive.progress(ofSet: name).map(\.images) == [1])
        }
    }

    @Test("an unknown model or set is refused by name")
    func unknownNames() async throws {
        try await TestArchive.withFresh { archive, _ in
            let pieces = Pieces("http://h/1\n")
            await #expect(throws: ArchiveError.unknownModel("ghost")) {
                try await archive.enqueue(
                    EnqueueRequest(set: "s", model: "ghost"), from: "list", nextPiece: { pieces.next() },
                    onBadLine: { _ in }, onProgress: { _ in })
            }
            await #expect(throws: ArchiveError.unknownSet("ghost")) {
                try await archive.recount(EnqueueRequest(set: "ghost"))
            }
            await #expect(throws: ArchiveError.noURLs(source: "list")) {
                try await archive.enqueueForTest("s", list: "# nothing\n\n")
            }
        }
    }

    @Test("the same set, model and plan share a run; another plan makes another run of the whole set")
    func runs() async throws {
        try await TestArchive.withFresh { archive, _ in
            try await archive.enqueueForTest("s", images: 10)
            try await archive.enqueueForTest("s", images: 20)
            let again = Pieces("http://host/1.jpg\n")
            _ = try await archive.enqueue(
                EnqueueRequest(set: "s", plan: .grid(rows: 2, columns: 2)), from: "list",
                nextPiece: { again.next() }, onBadLine: { _ in }, onProgress: { _ in })
            let progress = try await archive.progress(ofSet: "s")
            #expect(progress.map(\.plan) == ["native", "grid:2x2"])
            #expect(progress.map(\.images) == [20, 20])
            let recounted = try await archive.recount(EnqueueRequest(set: "s"))
            #expect(try await archive.progress(ofSet: "s").map(\.runID).last == recounted)
        }
    }
}
