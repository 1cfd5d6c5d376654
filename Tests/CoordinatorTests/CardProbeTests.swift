import Archive
import Glibc
import Inference
import Supervision
import TestSupport
import Testing

@testable import Coordinator

@Suite struct CardProbeTests {
    @Test("cards are read from the one object, whatever else the vendor's library prints around it")
    func cards() throws {
        let text = """
            BMLIB Send Quit Message
            {"not":"it"}
            {"cards":[{"device":"bm1684:0","simulated":false,"serial":"A","board":"SC5+","board_number":0,\
            "memory_total_bytes":4096,"memory_used_bytes":1024,"chip_celsius":61,"chip_watts":12.5,"trouble_bits":4,\
            "driver":"3.0.0","clock_megahertz":550},{"device":"bm1684:1","simulated":false,"serial":"A"},\
            {"device":"bm1684:2","simulated":false,"problem":"does not open"}]}
            cmodel_deinit complete

            """
        let cards = try #require(CardProbe.cards(in: Array(text.utf8)))
        let findings = CardProbe.findings(of: cards)
        #expect(findings.cards.map(\.name) == ["bm1684:0", "bm1684:1", "bm1684:2"])
        #expect(findings.cards.map(\.number) == [0, 1, 2])
        #expect(findings.cards.map(\.serial) == ["A", "A", nil])
        // Chips of a board share its serial number, and are told apart by their order.
        #expect(findings.cards.map(\.chip) == [0, 1, nil])
        #expect(findings.cards[0].board == "SC5+" && findings.cards[0].driver == "3.0.0")
        #expect(findings.cards[0].memoryBytes == 4096)
        #expect(findings.cards[2].problem == "does not open")
        let health = findings.health["bm1684:0"]
        #expect(health?.chipCelsius == 61 && health?.watts == 12.5 && health?.memoryUsed == 1024)
        #expect(health?.troubles == 4)
        #expect(findings.health["bm1684:1"]?.chipCelsius == nil)
    }

    @Test("a runtime that hangs is ended with all that it started")
    func hangs() async throws {
        let mark = "mark-\(UInt64.random(in: .min ... .max))"
        var probe = CardProbe(
            path: "/bin/sh", arguments: ["-c", "sleep 600 & sleep 600"],
            environment: ["HEADCOUNT_TEST_MARK=\(mark)", "PATH=/usr/bin:/bin"], folder: "/")
        probe.patience = .milliseconds(200)
        #expect(await probe.look().cards.isEmpty)
        await #expect(throws: CardProbeError.silent(limit: .milliseconds(200))) { try await probe.cards() }
        try await waitUntil("the end of what the probe started") {
            ProcessSearch.processes(with: "HEADCOUNT_TEST_MARK") { $0 == mark }.isEmpty
        }
    }

    @Test("a runtime that does not answer any more takes no card away, one that answers that there is none does")
    func silent() async throws {
        let folder = try TemporaryFolder()
        let answer = try folder.write(#"{"cards":[{"device":"bm1684:0","simulated":false}]}"#, to: "answer")
        let probe = CardProbe(path: "/bin/cat", arguments: [answer], environment: [], folder: "/")
        #expect(await probe.look().cards.map(\.name) == ["bm1684:0"])
        try folder.write("Segmentation fault", to: "answer")
        #expect(await probe.look().cards.map(\.name) == ["bm1684:0"])
        try folder.write(#"{"cards":[]}"#, to: "answer")
        #expect(await probe.look().cards.isEmpty)
    }

    @Test(
        "an end without an answer is told of, with the last words",
        arguments: [
            ("echo one; echo two >&2; exit 70", CardProbeError.ended(.status(70), said: "one\ntwo\n"), "\"one; two\""),
            ("kill -9 $$", .ended(.signal(9), said: ""), "signal 9 (Killed) and said \"nothing\""),
            ("", .ended(.status(0), said: ""), "status 0"),
        ])
    func ends(script: String, error: CardProbeError, words: String) async throws {
        var probe = CardProbe(path: "/bin/sh", arguments: ["-c", script], environment: [], folder: "/")
        probe.patience = .seconds(300)
        await #expect(throws: error) { try await probe.cards() }
        #expect(error.description.contains(words), "\(error)")
        #expect(await probe.look().cards.isEmpty)
    }

    @Test("a program that is not there is told of")
    func notThere() async {
        let probe = CardProbe(path: "/nowhere/program", arguments: [], environment: [], folder: "/")
        await #expect(
            throws: CardProbeError.notStarted(.notStarted(program: "/nowhere/program", folder: "/", code: ENOENT))
        ) { try await probe.cards() }
    }

    @Test("an answer counts, however the process ends")
    func answerAndCrash() async throws {
        let answer = #"{"cards":[{"device":"bm1684:3","simulated":false}]}"#
        var probe = CardProbe(
            path: "/bin/sh", arguments: ["-c", "echo '\(answer)'; kill -9 $$"], environment: [], folder: "/")
        probe.patience = .seconds(300)
        #expect(try await probe.cards().map(\.index) == [3])
    }

    @Test(
        "an answer without cards, cut short, or none at all finds none",
        arguments: [
            #"{"cards":[]}"#, #"{"cards":[{"device":"bm1684:0","#, "", "Segmentation fault\n", #"{"cards":7}"#,
        ])
    func nothing(text: String) {
        #expect(CardProbe.cards(in: Array(text.utf8)) ?? [] == [])
    }
}
