import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import Inference

struct SophonDiagnosisTests {
    private static let missing = InferenceError.libraryMissing(
        name: "libbmlib", searched: ["/nowhere"], reason: "no", remedy: "install it")

    /// A host with these files and their content.
    private func diagnosis(_ files: [String: String]) async throws -> SophonDiagnosis {
        var template = Array("/tmp/headcount-host-XXXXXX".utf8CString)
        _ = try #require(mkdtemp(&template))
        let root = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { system("rm -rf '\(root)'") }
        for (path, content) in files {
            var folder = root
            for part in path.split(separator: "/").dropLast() {
                folder += "/" + part
                mkdir(folder, 0o755)
            }
            let file = try #require(fopen(root + path, "w"))
            fputs(content, file)
            fclose(file)
        }
        return await SophonDiagnosis(
            root: root, library: { () throws(InferenceError) in throw Self.missing }, cards: { [] })
    }

    @Test("A host without anything is told of the board, the driver, the device file and the library")
    func bareHostIsTold() async throws {
        let findings = try await diagnosis([:]).findings
        #expect(findings.count == 4 && findings.allSatisfy { !$0.isGood })
        for (finding, word) in zip(findings, ["PCI bus", "kernel driver", "device file", "libbmlib"]) {
            #expect(finding.text.contains(word), "\(finding.text)")
        }
    }

    @Test("A host with a board and its driver is told only of the library")
    func completeHostIsTold() async throws {
        let findings = try await diagnosis([
            "/sys/bus/pci/devices/0000:01:00.0/device": "0x1684\n",
            "/sys/bus/pci/devices/0000:02:00.0/device": "0x1533\n",
            "/proc/bmsophon/driver_version": "release version:0.5.1\n",
            "/dev/bm-sophon0": "", "/dev/bm-sophon1": "", "/dev/bmdev-ctl": "",
        ]).findings
        #expect(findings.map(\.isGood) == [true, true, true, true, false])
        #expect(findings[0].text == "1 BM1684 on the PCI bus")
        #expect(findings[1].text.contains("release version:0.5.1"))
        #expect(findings[2].text.contains("/dev/bm-sophon0") && findings[3].text.contains("/dev/bm-sophon1"))
    }

    @Test("A box with the chip built in needs no bus")
    func builtInChipIsTold() async throws {
        let findings = try await diagnosis(["/dev/bm-tpu0": ""]).findings
        #expect(findings.map(\.isGood) == [true, true, true, false])
    }

    @Test("A card that is seen but cannot be used, or should not be, is told of")
    func cardsInTroubleAreTold() {
        func finding(_ change: (inout Card) -> Void) -> SophonDiagnosis.Finding? {
            var card = Card(index: 1, device: "bm1684:1", simulated: false)
            change(&card)
            return SophonDiagnosis.trouble(of: card)
        }
        #expect(finding { _ in } == nil)
        #expect(finding { $0.health.troubles = [] } == nil)
        #expect(finding { $0.problem = "busy" } == .init(isGood: false, text: "busy"))
        for (troubles, word) in [
            (CardHealth.Troubles.hang, "hangs"), (.link, "link"), (.overTemperature, "too hot"),
            ([.hang, .overTemperature], "hangs"),
        ] {
            let finding = finding { $0.health.troubles = troubles }
            #expect(finding?.isGood == false && finding?.text.hasPrefix("bm1684:1 ") == true)
            #expect(finding?.text.contains(word) == true)
        }
    }

    @Test("A library that opens and does not answer is told of in the words of whoever asked")
    func silentLibraryIsTold() async {
        struct Silence: Error, CustomStringConvertible { let description = "no answer" }
        let findings = await SophonDiagnosis(root: "/nowhere", library: { FakeCard.library() }) { throw Silence() }
            .findings
        #expect(findings.suffix(2).map(\.isGood) == [true, false])
        #expect(findings.last?.text == "no answer")
    }

    @Test("A card as JSON has everything that is known of it, and nothing else")
    func cardsAreWrittenAndRead() throws {
        let bare = Card(index: 7, device: "bm1684:7", simulated: false)
        var full = bare
        full.problem = "busy"
        full.serial = "A"
        full.board = "1684-SC5+"
        full.boardNumber = 2
        full.driver = "0.5.1"
        full.health.chipPower = 12.5
        full.health.clock = 550
        full.health.troubles = [.hang, .overTemperature]
        for card in [bare, full] {
            #expect(try JSONDecoder().decode(Card.self, from: JSONEncoder().encode(card)) == card)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(
            String(decoding: try encoder.encode(bare), as: UTF8.self) == #"{"device":"bm1684:7","simulated":false}"#)
        #expect(
            String(decoding: try encoder.encode(full), as: UTF8.self) == """
                {"board":"1684-SC5+","board_number":2,"chip_watts":12.5,"clock_megahertz":550,"device":"bm1684:7",\
                "driver":"0.5.1","problem":"busy","serial":"A","simulated":false,"trouble_bits":5,\
                "troubles":["hangs","too hot"]}
                """)
    }

    @Test(
        "On the simulator nothing else is asked for", .enabled(if: BM1684Simulator.isPresent, BM1684Simulator.absence))
    func simulatorIsEnough() async throws {
        let findings = try await BM1684Simulator.use { library in
            await SophonDiagnosis(folder: library.folder) { try SophonInventory(library).cards() }.findings
        }
        #expect(findings.count == 2 && findings.allSatisfy(\.isGood))
        #expect(findings[0].text.contains("simulator") && findings[1].text == "the library sees 1 card")
    }
}
