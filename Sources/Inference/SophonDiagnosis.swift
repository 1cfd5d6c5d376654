import Glibc

/// Why cards are seen on this host, or are not.
public struct SophonDiagnosis: Sendable, Hashable {
    /// One thing that was looked at.
    public struct Finding: Sendable, Hashable {
        /// False where it keeps cards from being used.
        public let isGood: Bool
        /// One line: what was found and, where it is not good, what to do.
        public let text: String
    }

    /// From the bus up to the library.
    public let findings: [Finding]

    /// Looks at the bus, the driver, the device files and the libraries.
    /// - Parameters:
    ///   - folder: as `SophonLibrary` takes it.
    ///   - cards: asks the libraries for their cards: in another process, where this one has more to tell, for they may
    ///     hang or end the process. What it throws is told in its words.
    public init(folder: String? = nil, cards: () async throws -> [Card]) async {
        await self.init(
            root: "", library: { () throws(InferenceError) in try SophonLibrary(folder: folder) }, cards: cards)
    }

    /// - Parameters:
    ///   - root: the folder that holds `sys`, `proc` and `dev`.
    ///   - library: opens the libraries.
    init(
        root: String, library: () throws(InferenceError) -> SophonLibrary, cards: () async throws -> [Card]
    ) async {
        let seen: [Finding]
        var isSimulator = false
        do throws(InferenceError) {
            let opened = try library()
            isSimulator = opened.isSimulator
            seen = [Self.library(opened)] + (await Self.cards(cards))
        } catch {
            seen = [Finding(isGood: false, text: error.description)]
        }
        // A simulator needs none of the rest.
        findings = isSimulator ? seen : [Self.bus(root), Self.driver(root)] + Self.deviceFiles(root) + seen
    }

    private static func bus(_ root: String) -> Finding {
        let folder = root + "/sys/bus/pci/devices"
        let chips = names(in: folder).filter { firstLine(folder + "/\($0)/device") == "0x1684" }.count
        if chips > 0 { return Finding(isGood: true, text: "\(chips) BM1684 on the PCI bus") }
        // The boxes with the chip built in have no such bus, only the device file.
        let isBuiltIn = access(root + "/dev/bm-tpu0", F_OK) == 0
        return Finding(
            isGood: isBuiltIn,
            text: isBuiltIn
                ? "a BM1684 built into this host" : "no BM1684 on the PCI bus: is the board seated and powered?")
    }

    private static func driver(_ root: String) -> Finding {
        guard access(root + "/proc/bmsophon", F_OK) == 0 || access(root + "/dev/bm-tpu0", F_OK) == 0 else {
            return Finding(
                isGood: false,
                text: "the kernel driver is not loaded (no /proc/bmsophon): install sophon-driver, or modprobe bmsophon"
            )
        }
        let version = firstLine(root + "/proc/bmsophon/driver_version") ?? "of a version it does not tell"
        return Finding(isGood: true, text: "the kernel driver is loaded: \(version)")
    }

    private static func deviceFiles(_ root: String) -> [Finding] {
        let files = names(in: root + "/dev").filter { name in
            name == "bm-tpu0" || name.hasPrefix("bm-sophon") && Int(name.dropFirst("bm-sophon".count)) != nil
        }
        if files.isEmpty {
            return [Finding(isGood: false, text: "no device file /dev/bm-sophonN: the driver made none, see dmesg")]
        }
        return files.sorted().map { name in
            let isUsable = access(root + "/dev/" + name, R_OK | W_OK) == 0
            let reason = String(cString: strerror(errno))
            return Finding(
                isGood: isUsable,
                text: isUsable
                    ? "/dev/\(name) may be used"
                    : "/dev/\(name) may not be used (\(reason)): run as its owner, or in its group")
        }
    }

    private static func library(_ library: SophonLibrary) -> Finding {
        Finding(
            isGood: true,
            text: library.isSimulator
                ? "the vendor's simulator in \(library.folder)" : "libraries of \(library.version) in \(library.folder)"
        )
    }

    private static func cards(_ cards: () async throws -> [Card]) async -> [Finding] {
        do {
            let cards = try await cards()
            let text = cards.count == 1 ? "the library sees 1 card" : "the library sees \(cards.count) cards"
            return [Finding(isGood: !cards.isEmpty, text: text)] + cards.compactMap(trouble(of:))
        } catch {
            return [Finding(isGood: false, text: "\(error)")]
        }
    }

    /// Why a card that is seen cannot be used, or should not be.
    static func trouble(of card: Card) -> Finding? {
        if let problem = card.problem { return Finding(isGood: false, text: problem) }
        let troubles = card.health.troubles ?? []
        if troubles.contains(.hang) {
            return Finding(
                isGood: false,
                text: "\(card.device) hangs and refuses every process: stop what works on its board, then recover it "
                    + "with the vendor's tools, which resets all chips of the board")
        }
        if troubles.contains(.link) {
            return Finding(isGood: false, text: "\(card.device) has lost its link: is the board seated and powered?")
        }
        if troubles.contains(.overTemperature) {
            return Finding(isGood: false, text: "\(card.device) is too hot: look at the fans and the air before them")
        }
        return nil
    }

    private static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.filter { !$0.hasPrefix(".") }
    }

    private static func firstLine(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).first.map(String.init)
    }
}
