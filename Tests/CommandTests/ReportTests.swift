import Density
import Foundation
import Imaging
import Postgres
import TestSupport
import Testing

struct ReportTests {
    /// Names and URLs that would be markup, were they not escaped.
    private static let set = "<script>alert(1)</script> & \"'<b>"

    /// A set of 40 images in two folders and 40 years: 30 counted, image 3 failed, the others waiting.
    private func fill(_ bench: CommandBench) async throws {
        let list = (1...40).map { number in
            let folder = number <= 20 ? "a" : "'\"\"><img/src=x>"
            return "\"http://host/\(folder)/\(number).jpg\",\(1900 + number)-06-01\n"
        }
        let outcome = try await bench.run(
            ["enqueue", Self.set, "--urls", "-"], input: "url,taken_at\n" + list.joined())
        #expect(outcome.status == 0, "\(outcome.errors)")
        try await bench.connection.execute(
            """
            INSERT INTO headcount.workers (host, process, engine, engine_version, card, simulated, version)
            VALUES ('<i>host', 1, 'openvino', '1', 'cpu', false, '0');
            INSERT INTO headcount.counts (run_id, image, count, tiles, width, height, picture_digest, picture_bytes,
                preprocessing, worker_id, fetch_ms, decode_ms, infer_ms)
            SELECT 1, n, n * n, 1, 640, 480, '\\x00', 1000, 1, 1, 1, 2, 3 FROM generate_series(11, 40) AS n;
            INSERT INTO headcount.failures (run_id, image, attempt, class, detail, final, worker_id)
            VALUES (1, 3, 1, 'not_found', '404 <u>', true, 1);
            INSERT INTO headcount.tallies (run_id, worker_id, counted, failed) VALUES (1, 1, 30, 1);
            """)
    }

    @Test("the figures of a run, escaped, without a picture")
    func figures() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            try await fill(bench)
            let outcome = try await bench.run(["report", Self.set, "--no-pictures", "--pictures", "5"])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let page = outcome.output
            // Sum of n*n for 11...40, the median between 25 and 26, the largest, what is left.
            for fact in ["<dd>21,755</dd>", "<dd>651</dd>", "<dd>1,600</dd>", "9 of its 40 images"] {
                #expect(page.contains(fact), "\(fact) is missing")
            }
            #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;&#39;&lt;b&gt;"))
            #expect(page.contains("404 &lt;u&gt;") && page.contains("&lt;i&gt;host"))
            for markup in ["<script", "<i>", "<u>", "<b>", "<img", "src=x>", "http-equiv=\"refresh"] {
                #expect(!page.contains(markup), "\(markup)")
            }
            #expect(page.components(separatedBy: "<li>").count == 6)
            #expect(page.contains("1911: 121 people per picture, 1 picture"))
            #expect(page.contains("1k to under 2k people: 9 pictures"))
        }
    }

    @Test("years without a picture are there, and times that are none, or all too far apart, cost the report nothing")
    func times() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            try await fill(bench)
            try await bench.connection.execute(
                """
                DELETE FROM headcount.counts WHERE image IN (20, 21);
                UPDATE headcount.images SET taken_at = 'infinity' WHERE number = 39;
                UPDATE headcount.images SET taken_at = '-infinity' WHERE number = 40;
                """)
            func page() async throws -> String {
                let outcome = try await bench.run(["report", Self.set, "--no-pictures"])
                #expect(outcome.status == 0, "\(outcome.errors)")
                return outcome.output
            }
            let found = try await page()
            #expect(found.contains("Of 2 pictures it is not known when they were taken."))
            #expect(found.contains("1919: 361 people per picture, 1 picture"))
            let years = found.matches(of: /<title>(\d{4}):/).map { Int($0.output.1) }
            #expect(years == Array(1911...1938))
            #expect(found.contains("<title>1920: no pictures</title>") && !found.contains("\"row\">1920<"))

            // All that the database takes for a time; a bar for each decade between would be no chart.
            try await bench.connection.execute(
                """
                UPDATE headcount.images SET taken_at = '4713-01-01 00:00+00 BC' WHERE number = 38;
                UPDATE headcount.images SET taken_at = '4700-01-01 00:00+00 BC' WHERE number = 39;
                UPDATE headcount.images SET taken_at = '294276-12-31 00:00+00' WHERE number = 40;
                """)
            let wide = try await page()
            #expect(wide.contains("294270s: 1,600 people per picture"))
            #expect(wide.contains(" BC: 1,521 people per picture"))
            #expect(wide.contains("Of 1 picture it is not known when they were taken."))
            #expect(wide.contains("1930s: ") && !wide.contains("1890s: "))
        }
    }

    @Test("counts that were taken over are told as such, and their times are nobody's")
    func takenOver() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            try await fill(bench)
            try await bench.connection.execute(
                "UPDATE headcount.counts SET source_run = 1, source_image = 11, fetch_ms = 900 WHERE image > 33")
            let page = try await bench.run(["report", Self.set, "--no-pictures"]).output
            #expect(page.contains("<dt>Taken over from the same picture</dt><dd>7</dd>"))
            let cells =
                "<td class=\"number\">30</td><td class=\"number\">7</td><td class=\"number\">1.0 / 2.0 / 3.0</td>"
            #expect(page.contains(cells))
            try await bench.connection.execute("UPDATE headcount.counts SET source_run = 1, source_image = 11")
            #expect(
                try await bench.run(["report", Self.set, "--no-pictures"]).output.contains(
                    "<td class=\"number\">–</td>"))
        }
    }

    @Test("a set of nothing yet, an unknown set and a foreign run")
    func oddities() async throws {
        try await CommandBench.with(pictures: 1) { bench in
            _ = try await bench.run(["enqueue", "set", "--urls", "-"], input: bench.list(1...1))
            let empty = try await bench.run(["report", "set"])
            #expect(empty.status == 0 && empty.output.hasSuffix("</html>\n"), "\(empty.errors)")
            #expect(try await bench.run(["report", "nowhere"]).status == 65)
            #expect(try await bench.run(["report", "set", "--run", "9"]).status == 65)
            #expect(try await bench.run(["report", "set", "-o", "/nowhere/report.html"]).status == 73)
        }
    }

    @Test(
        "heat maps from kept densities, by counting once more, and without the picture",
        .enabled(if: OpenVINOInstallation.isPresent, OpenVINOInstallation.absence))
    func pictures() async throws {
        try await CommandBench.with(pictures: 2) { bench in
            let loopback = ["--allow-network", "127.0.0.0/8"]
            _ = try await bench.run(["enqueue", "kept", "--density", "--urls", "-"], input: bench.list(1...2))
            _ = try await bench.run(["enqueue", "bare", "--urls", "-"], input: bench.list(1...2))
            let work = try await bench.run(["work", "--drain"] + loopback)
            #expect(work.status == 0, "\(work.errors)")

            func pictures(_ words: [String]) async throws -> (embedded: Int, page: String) {
                let outcome = try await bench.run(["report"] + words)
                #expect(outcome.status == 0, "\(outcome.errors)")
                let parts = outcome.output.components(separatedBy: "src=\"data:image/jpeg;base64,/9j/")
                return (parts.count - 1, outcome.output)
            }
            #expect(try await pictures(["kept"] + loopback).embedded == 2)
            #expect(try await pictures(["bare"] + loopback).embedded == 2)
            #expect(try await pictures(["kept", "--pictures", "1"] + loopback).embedded == 1)
            #expect(try await pictures(["kept", "--no-pictures"]).embedded == 0)
            // Loopback is not allowed now: what was kept is shown, and why there is no picture.
            let alone = try await pictures(["kept"])
            #expect(alone.embedded == 2 && alone.page.contains("Without the picture: "))
            let none = try await pictures(["bare"])
            #expect(none.embedded == 0 && none.page.contains("No picture: "))

            try bench.pictures.write([0x89], to: "1.png")
            let other = Picture(
                size: PixelSize(width: 96, height: 64), colour: PixelColour(red: 0, green: 0, blue: 0))
            try bench.pictures.write(PictureEncoder.png(other), to: "2.png")
            let changed = try await pictures(["kept"] + loopback)
            #expect(changed.embedded == 2 && changed.page.contains("The picture was changed since it was counted."))
        }
    }
}
