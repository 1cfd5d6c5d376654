import Archive
import CSystem
import Concurrency
import FoundationEssentials
import Glibc
import Supervision

/// Reads what `headcount cards --json` says of this host's BM1684 cards.
///
/// The vendor's library runs in that process: it may hang or crash there.
public struct CardProbe: Sendable {
    /// How long it may take to be gone, once it was killed.
    private static let ending: Duration = .seconds(1)

    /// How long it may take; opening a card that hangs takes for ever.
    var patience: Duration = .seconds(10)
    /// One that the system would not end.
    private let left = Locked<ChildProcess?>(nil)
    /// The cards of the last answer.
    private let known = Locked<[FoundCard]>([])

    private let path: String
    private let arguments: [String]
    private let environment: [String]
    private let folder: String

    /// - Parameter arguments: such as `cards --json`.
    public init(path: String, arguments: [String], environment: [String], folder: String) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.folder = folder
    }

    /// What is said.
    private struct Answer: Decodable {
        let cards: [Told]
    }

    /// What is said of one card.
    fileprivate struct Told: Decodable {
        let device: String
        let simulated: Bool
        let problem: String?
        let serial: String?
        let board: String?
        let board_number: Int?
        let driver: String?
        let memory_total_bytes: Int?
        let memory_used_bytes: Int?
        let utilisation_percent: Int?
        let chip_celsius: Int?
        let board_celsius: Int?
        let chip_watts: Double?
        let trouble_bits: Int32?
    }

    /// - Returns: where there is no answer the cards of the last one: a card that hangs holds up the answer for all, and
    ///   the others are at work.
    func look() async -> CardInventory.Findings {
        let text = await Asking().output(of: self)
        guard Self.answer(in: text) != nil else { return CardInventory.Findings(cards: known.withLock { $0 }) }
        let findings = Self.findings(in: text)
        known.withLock { $0 = findings.cards }
        return findings
    }

    /// The answer stands on a line of its own; other lines are the library's.
    private static func answer(in text: [UInt8]) -> Answer? {
        text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            try? JSONDecoder().decode(Answer.self, from: Data(line))
        }.last
    }

    /// What the answer says; nothing where there is none.
    static func findings(in text: [UInt8]) -> CardInventory.Findings {
        var findings = CardInventory.Findings()
        var chips: [String: Int] = [:]
        for told in answer(in: text)?.cards ?? [] {
            guard let number = told.device.split(separator: ":").last.flatMap({ Int($0) }) else { continue }
            var card = FoundCard(name: told.device, engine: "bm1684", number: number, simulated: told.simulated)
            card.serial = told.serial
            card.board = told.board
            card.boardNumber = told.board_number
            card.driver = told.driver
            card.memoryBytes = told.memory_total_bytes
            card.problem = told.problem
            if let serial = told.serial {
                card.chip = chips[serial, default: 0]
                chips[serial, default: 0] += 1
            }
            findings.cards.append(card)
            findings.health[card.name] = told.health
        }
        return findings
    }

    /// Asks on a thread of its own, for waiting blocks.
    private actor Asking {
        private let executor = ThreadExecutor(name: "card-probe")

        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        func output(of probe: CardProbe) -> [UInt8] {
            let output = headcount_anonymous_file("cards")
            guard output >= 0 else { return [] }
            defer { close(output) }
            var launch = ProgramLaunch(probe.path, probe.arguments, output: output)
            launch.environment = probe.environment
            launch.folder = probe.folder
            // Another would not come further than one that hangs in a driver.
            guard probe.left.withLock({ $0.map { $0.ending() != nil } ?? true }),
                let child = try? ChildProcess.start(launch)
            else { return [] }
            let end = ContinuousClock.now + probe.patience
            while child.ending() == nil, ContinuousClock.now < end { poll(nil, 0, 20) }
            let isGone = child.endGroup(within: CardProbe.ending)
            probe.left.withLock { $0 = isGone ? nil : child }
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            let length = pread(output, &bytes, bytes.count, 0)
            return Array(bytes.prefix(max(0, length)))
        }
    }
}

extension CardProbe.Told {
    fileprivate var health: WorkerReport {
        var report = WorkerReport()
        report.chipCelsius = chip_celsius
        report.boardCelsius = board_celsius
        report.watts = chip_watts
        report.loadPercent = utilisation_percent
        report.memoryUsed = memory_used_bytes
        report.troubles = trouble_bits
        return report
    }
}
