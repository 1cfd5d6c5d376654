import Testing

@testable import Coordinator

struct CardProbeTests {
    private func findings(_ text: String) -> CardInventory.Findings {
        CardProbe.findings(in: Array(text.utf8))
    }

    private let board = """
        {"cards":[\
        {"device":"bm1684:0","simulated":false,"serial":"HQDZ1","board":"SC5+","board_number":0,"driver":"2.7.0",\
        "memory_total_bytes":4294967296,"memory_used_bytes":1024,"utilisation_percent":40,"chip_celsius":61,\
        "board_celsius":48,"chip_watts":11.5,"trouble_bits":0,"troubles":[],"clock_megahertz":550},\
        {"device":"bm1684:1","simulated":false,"serial":"HQDZ1","board":"SC5+","board_number":0},\
        {"device":"bm1684:2","simulated":true,"problem":"it does not open"}]}
        """

    @Test("cards are read with what their driver told, chips of one serial number apart")
    func cards() throws {
        let found = findings(board + "\n")
        #expect(found.cards.map(\.name) == ["bm1684:0", "bm1684:1", "bm1684:2"])
        #expect(found.cards.map(\.number) == [0, 1, 2])
        #expect(found.cards.map(\.engine) == ["bm1684", "bm1684", "bm1684"])
        #expect(found.cards.map(\.serial) == ["HQDZ1", "HQDZ1", nil])
        #expect(found.cards.prefix(2).map(\.chip) == [0, 1])
        #expect(found.cards.map(\.simulated) == [false, false, true])
        let first = try #require(found.cards.first)
        #expect(first.board == "SC5+" && first.boardNumber == 0 && first.driver == "2.7.0")
        #expect(first.memoryBytes == 4_294_967_296)
        #expect(found.cards.last?.problem == "it does not open")
        let health = try #require(found.health["bm1684:0"])
        #expect(health.chipCelsius == 61 && health.boardCelsius == 48 && health.watts == 11.5)
        #expect(health.loadPercent == 40 && health.memoryUsed == 1024 && health.troubles == 0)
        let silent = try #require(found.health["bm1684:1"])
        #expect(silent.chipCelsius == nil && silent.troubles == nil)
    }

    @Test("lines that the vendor's library writes in between are passed over")
    func noise() {
        let found = findings("bmcpu init: skip cpu_user_defined\n{\"broken\n" + board + "\n[BMRT][load] done\n")
        #expect(found.cards.count == 3)
    }

    @Test(
        "an answer that is none, or cut short, is no cards",
        arguments: ["", "\n\n", "{}", "{\"cards\":[{\"device\":\"bm1684:0\"}]}", "{\"cards\":[{\"device\":\"bm16"])
    func nothing(_ text: String) {
        #expect(findings(text).cards.isEmpty)
    }

    @Test("a device that is not named by a number is left out")
    func unnumbered() {
        let found = findings(
            #"{"cards":[{"device":"bm1684","simulated":false},{"device":"bm1684:3","simulated":false}]}"#)
        #expect(found.cards.map(\.name) == ["bm1684:3"])
    }
}
