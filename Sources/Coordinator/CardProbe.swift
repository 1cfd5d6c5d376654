import Archive
import CSystem
import Concurrency
import FoundationEssentials
import Glibc
public import Inference
import Supervision

/// Reads what `headcount cards --json` says of this host's BM1684 cards.
///
/// The vendor's library runs in that process: it may hang or crash there.
public struct CardProbe: Sendable {
    /// How long it may take to be gone, once it was killed.
    private static let ending: Duration = .seconds(1)

    /// How long it may take; opening a card that hangs takes for ever.
    public var patience: Duration = .seconds(10)
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
        let cards: [Card]
    }

    /// What each card tells.
    /// - Throws: `CardProbeError`.
    public func cards() async throws(CardProbeError) -> [Card] {
        try await Asking().answer(to: self)
    }

    /// - Returns: where there is no answer the cards of the last one: a card that hangs holds up the answer for all, and
    ///   the others are at work.
    func look() async -> CardInventory.Findings {
        guard let cards = try? await cards() else { return CardInventory.Findings(cards: known.withLock { $0 }) }
        let findings = Self.findings(of: cards)
        known.withLock { $0 = findings.cards }
        return findings
    }

    /// What the answer says. It stands on a line of its own; other lines are the library's.
    /// - Returns: `nil` where there is none.
    static func cards(in text: [UInt8]) -> [Card]? {
        let answers = text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            try? JSONDecoder().decode(Answer.self, from: Data(line))
        }
        return answers.last?.cards
    }

    static func findings(of cards: [Card]) -> CardInventory.Findings {
        var findings = CardInventory.Findings()
        var chips: [String: Int] = [:]
        for card in cards {
            var found = FoundCard(name: card.device, engine: "bm1684", number: card.index, simulated: card.simulated)
            found.serial = card.serial
            found.board = card.board
            found.boardNumber = card.boardNumber
            found.driver = card.driver
            found.memoryBytes = card.health.memoryTotal
            found.problem = card.problem
            if let serial = card.serial {
                found.chip = chips[serial, default: 0]
                chips[serial, default: 0] += 1
            }
            findings.cards.append(found)
            findings.health[found.name] = WorkerReport(card.health)
        }
        return findings
    }

    /// Asks on a thread of its own, for waiting blocks.
    private actor Asking {
        private let executor = ThreadExecutor(name: "card-probe")

        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        func answer(to probe: CardProbe) throws(CardProbeError) -> [Card] {
            let output = headcount_anonymous_file("cards")
            guard output >= 0 else {
                throw .notStarted(.notStarted(program: probe.path, folder: probe.folder, code: errno))
            }
            defer { close(output) }
            var launch = ProgramLaunch(probe.path, probe.arguments, output: output)
            launch.environment = probe.environment
            launch.folder = probe.folder
            // Another would not come further than one that hangs in a driver.
            guard probe.left.withLock({ $0.map { $0.ending() != nil } ?? true }) else {
                throw .silent(limit: probe.patience)
            }
            let child: ChildProcess
            do throws(SupervisionError) {
                child = try ChildProcess.start(launch)
            } catch {
                throw .notStarted(error)
            }
            let end = ContinuousClock.now + probe.patience
            while child.ending() == nil, ContinuousClock.now < end { poll(nil, 0, 20) }
            let ending = child.ending()
            let isGone = child.endGroup(within: CardProbe.ending)
            probe.left.withLock { $0 = isGone ? nil : child }
            var bytes = [UInt8](repeating: 0, count: 1 << 20)
            let length = pread(output, &bytes, bytes.count, 0)
            let text = Array(bytes.prefix(max(0, length)))
            // An answer counts, whatever the library does at the end.
            if let cards = CardProbe.cards(in: text) { return cards }
            guard let ending else { throw .silent(limit: probe.patience) }
            throw .ended(ending, said: String(decoding: text, as: UTF8.self))
        }
    }
}

extension WorkerReport {
    /// What the driver tells of a card.
    fileprivate init(_ health: CardHealth) {
        self.init()
        chipCelsius = health.chipTemperature
        boardCelsius = health.boardTemperature
        watts = health.chipPower
        loadPercent = health.utilisation
        memoryUsed = health.memoryUsed
        troubles = health.troubles?.rawValue
    }
}
