public import Counting
public import Density
public import Imaging
public import Inference
public import Models
import Terminal

/// Chooses how a network is quantised: calibrations are proposed by measured properties of the pictures, built, and
/// measured on pictures set apart for that; the one whose INT8 network is nearest to the network it was made of is kept.
///
/// Nearest, not least wrong: errors against the truth hang on how the network's own errors happen to fall on a few
/// pictures, differences from it do not.
public struct CalibrationStudy: Sendable {
    /// A picture file, with its true count where that is known.
    public struct Source: Sendable, Hashable {
        /// Where it lies.
        public let path: String
        /// Its name, as reports tell it.
        public let name: String
        /// People in it.
        public let truth: Double?

        /// A source of three parts.
        public init(path: String, name: String, truth: Double?) {
            self.path = path
            self.name = name
            self.truth = truth
        }
    }

    /// How the pictures are shared out and what is built. On few pictures to compare on, the best of many calibrations is
    /// best by luck: Tests/Calibration/README.md has what came of 32.
    public struct Settings: Sendable, Hashable {
        /// Pictures that calibrations are compared on.
        public var selection = 96
        /// Pictures that nothing is chosen on: what is reported.
        public var test = 64
        /// Pictures that are measured as candidates.
        public var candidates = 64
        /// Candidates that are built, each alone.
        public var built = 3
        /// How many of the most promising candidates are built together, one calibration a number: fewer than there are
        /// candidates, or nothing would be chosen.
        public var together = [4, 16, 32]
        /// Ways to thresholds that are tried on the best pictures; the first is used for choosing them.
        public var methods = Calibration.Method.allCases
        /// Most operators at the network's end that are tried in floating point, where INT8 loses too much.
        public var mixed = 8
        /// Share of the network's own figure by which INT8 may be off before operators are tried in floating point.
        public var tolerance = 0.03
        /// Single pictures chosen by chance, to compare with: each as the compiler quantises by itself, and with the way to
        /// thresholds and the factor on the output that the chosen calibration has.
        public var random = 0
        /// Pictures in one calibration of many, to compare with in the same two ways; 0 for none.
        public var many = 0
        /// Whether counts are scaled to the true ones, where they are known and that makes errors less by `tolerance`.
        public var matchesTruth = false
        /// The last operators that stay in floating point in every calibration.
        public var floatLayers = 0
        /// The same seed shares out alike.
        public var seed: UInt64 = 1

        /// The defaults.
        public init() {}

        /// Pictures that fill every share.
        public var pictures: Int { test + max(selection + candidates, random, many) }

        /// How many of some pictures are compared on and reported on; where there are too few, every share is so much
        /// smaller. One of each at least, and one that is left.
        func shares(of count: Int) -> (selection: Int, test: Int) {
            guard count < pictures else { return (selection, test) }
            return (max(1, selection * count / pictures), max(1, test * count / pictures))
        }
    }

    /// One calibration and how its network did.
    public struct Row: Sendable {
        /// Which rule proposed it.
        public let rule: String
        /// The pictures it was calibrated on.
        public let pictures: [String]
        /// The calibration itself.
        public let calibration: Calibration
        /// What the output is multiplied by so that it is the network's own again, found on the pictures compared on.
        public let factor: Double
        /// On the pictures that calibrations are compared on.
        public let selection: CalibrationErrors
        /// On those that nothing is chosen on: of what was chosen, and of all where there is something to compare with.
        public private(set) var test: CalibrationErrors?

        func reported(_ errors: CalibrationErrors) -> Row {
            var row = self
            row.test = errors
            return row
        }
    }

    /// What came of it.
    public struct Outcome: Sendable {
        /// The network in floating point, on the pictures of `Row.selection` and on those of `Row.test`.
        public let float: (selection: CalibrationErrors, test: CalibrationErrors)
        /// Every calibration that was built; the chosen one first.
        public let rows: [Row]
        /// What the chosen one errs by on the pictures that nothing was chosen on.
        public let report: CalibrationErrors
        /// Why the first was chosen, in a sentence.
        public let reason: String
        /// How the network's counts, and with them all others, were scaled to the true ones.
        public let scale: TruthScale
        /// The network in floating point as it was, where it was scaled; as in `float`.
        public let unscaled: (selection: CalibrationErrors, test: CalibrationErrors)?
        /// The pictures that calibrations were compared on, and those that are reported.
        let seen: (selection: [Seen], test: [Seen])

        /// What another network of the same geometry errs by on the pictures that calibrations were compared on.
        public func selectionErrors(of network: LoadedNetwork) async throws -> CalibrationErrors {
            try await errors(of: network, on: seen.selection)
        }

        /// What it errs by on those that nothing was chosen on.
        public func testErrors(of network: LoadedNetwork) async throws -> CalibrationErrors {
            try await errors(of: network, on: seen.test)
        }

        private func errors(of network: LoadedNetwork, on pictures: [Seen]) async throws -> CalibrationErrors {
            var samples: [CalibrationErrors.Sample] = []
            for seen in pictures {
                let maps = try await network.engine.densities(of: seen.picture.tiles)
                let people = try network.count(seen.picture, from: maps).people * scale.factor
                samples.append((seen.source.truth, seen.people, people))
            }
            return CalibrationErrors(samples)
        }
    }

    /// Candidates, pictures to compare on and pictures to report on are never the same: one of each.
    public static let fewest = 3

    struct Seen: Sendable {
        let source: Source
        let picture: CutPicture
        /// As the network in floating point counts them, scaled.
        var people: Double

        func scaled(by scale: TruthScale) -> Seen {
            var seen = self
            seen.people *= scale.factor
            return seen
        }
    }

    let network: LoadedNetwork
    let description: NetworkDescription
    let plan: TilePlan
    let decoder: any PictureDecoding
    let compilation: Compilation
    let quantised: @Sendable (_ archive: String) async throws -> LoadedNetwork
    let say: @Sendable (String) -> Void
    let warn: @Sendable (String) -> Void

    /// - Parameters:
    ///   - network: the network in floating point.
    ///   - description: what describes it.
    ///   - quantised: loads a network that `Compilation.reference` kept.
    ///   - say: told what is about to be done, in a few words.
    ///   - warn: told what was left out, and why.
    public init(
        network: LoadedNetwork, description: NetworkDescription, plan: TilePlan, decoder: any PictureDecoding,
        compilation: Compilation,
        quantised: @escaping @Sendable (_ archive: String) async throws -> LoadedNetwork,
        say: @escaping @Sendable (String) -> Void, warn: @escaping @Sendable (String) -> Void
    ) {
        self.network = network
        self.description = description
        self.plan = plan
        self.decoder = decoder
        self.compilation = compilation
        self.quantised = quantised
        self.say = say
        self.warn = warn
    }

    /// Proposes, builds, measures and chooses.
    /// - Parameter sources: at least three: candidates and those to measure on are never the same picture.
    /// - Throws: `EvaluationError.tooFewPictures`, errors of the compiler and of the engines.
    public func run(_ sources: [Source], settings: Settings) async throws -> Outcome {
        let shares = try await readableShares(of: sources, settings)
        let counted = try await see(shares.selection, "to compare on")
        let reported = try await see(shares.test, "to report on")
        let candidates = try await see(shares.pool.prefix(settings.candidates), "as candidates")
        let scale = TruthScale(
            (counted + candidates).compactMap { seen in seen.source.truth.map { ($0, seen.people) } },
            by: settings.tolerance, isAskedFor: settings.matchesTruth)
        let (selection, test) = (counted.map { $0.scaled(by: scale) }, reported.map { $0.scaled(by: scale) })
        var search = Search(study: self, settings: settings, scale: scale, selection: selection, test: test)
        let proposals = try await proposals(of: candidates, settings)
        try await search.chooseAmong(proposals)
        try await search.tryMethods(on: proposals)
        try await search.tryFloatLayers()
        let chosen = search.best
        let (row, proposal) = (search.rows[chosen].row, search.rows[chosen].proposal)
        let report = try await search.report(of: row)
        let compared = try await search.rows(of: shares.comparisons, like: proposal)
        // Only what was proposed is chosen: the rest is there to compare with.
        var others: [Row] = []
        for (place, built) in search.rows.enumerated() where place != chosen {
            others.append(compared.isEmpty ? built.row : built.row.reported(try await search.report(of: built.row)))
        }
        let exact = { (seen: [Seen]) in CalibrationErrors(seen.map(Self.exact)) }
        return Outcome(
            float: (exact(selection), exact(test)), rows: [row.reported(report)] + others + compared, report: report,
            reason: Self.reason(row, among: search.rows.map(\.row), on: selection.count), scale: scale,
            unscaled: scale.factor == 1 ? nil : (exact(counted), exact(reported)), seen: (selection, test))
    }

    static func exact(_ seen: Seen) -> CalibrationErrors.Sample {
        (seen.source.truth, seen.people, seen.people)
    }

    private static func reason(_ row: Row, among measured: [Row], on pictures: Int) -> String {
        let shown = row.pictures.prefix(4).joined(separator: ", ")
        let more = row.pictures.count > 4 ? " and \(row.pictures.count - 4) more" : ""
        let next = measured.filter { $0.rule != row.rule || $0.pictures != row.pictures }
            .min { $0.selection.difference < $1.selection.difference }
        let off = { (row: Row) in "off by \(Numbers.fixed(row.selection.difference, digits: 2))" }
        return "\(shown)\(more) (\(row.rule)): of \(measured.count) calibrations measured, its INT8 network is nearest "
            + "to FP32 on \(pictures) picture\(pictures == 1 ? "" : "s") set apart, \(off(row)) of "
            + "\(Numbers.fixed(row.selection.people, digits: 2)) people on average"
            + (next.map { "; the next, \($0.rule), is \(off($0))" } ?? "")
    }

    private func see(_ sources: some Collection<Source>, _ purpose: String) async throws -> [Seen] {
        var seen: [Seen] = []
        for (index, source) in sources.enumerated() {
            say("counting pictures \(purpose), \(index + 1) of \(sources.count)")
            let picture = try await cut(source)
            let maps = try await network.engine.densities(of: picture.tiles)
            seen.append(Seen(source: source, picture: picture, people: try network.count(picture, from: maps).people))
        }
        return seen
    }

    /// - Throws: `EvaluationError.badPicture`.
    func cut(_ source: Source) async throws -> CutPicture {
        do {
            return try await network.cut(WholeFile.read(source.path), by: plan, decoder: decoder)
        } catch let error as ImagingError {
            throw EvaluationError.badPicture(path: source.path, reason: error.description)
        }
    }

    /// The pictures, shared out, all of which can be decoded: one that cannot be is left out now, and does not end hours of
    /// work.
    private func readableShares(of sources: [Source], _ settings: Settings) async throws -> Shares {
        var (left, readable) = (sources, Set<Source>())
        while true {
            let shares = try Shares(left, settings)
            let used =
                shares.selection + shares.test + shares.pool.prefix(settings.candidates)
                + shares.comparisons.flatMap(\.pictures)
            var refused: Set<Source> = []
            for source in used where !readable.contains(source) && !refused.contains(source) {
                say("looking at pictures, \(readable.count) of \(used.count)")
                do {
                    _ = try await cut(source)
                    readable.insert(source)
                } catch let error as EvaluationError {
                    guard case .badPicture(_, let reason) = error else { throw error }
                    warn("\(source.name) left out: \(reason)")
                    refused.insert(source)
                }
            }
            if refused.isEmpty { return shares }
            left.removeAll(where: refused.contains)
        }
    }

    /// The calibrations worth building, each picture set once.
    private func proposals(of candidates: [Seen], _ settings: Settings) async throws -> [Proposal] {
        let traits = try await traits(of: candidates)
        let ranking = CandidateTraits.ranking(of: traits).map { candidates[$0].source }
        var proposals: [Proposal] = ranking.prefix(settings.built).enumerated().map {
            Proposal(rule: "measured, place \($0.offset + 1)", pictures: [$0.element])
        }
        if let best = CandidateTraits.seedRanking(of: traits).first {
            let picture = candidates[best].source
            if let place = proposals.firstIndex(where: { $0.pictures == [picture] }) {
                proposals[place].rule += ", and the seed's rule"
            } else {
                proposals.append(Proposal(rule: "the seed's rule", pictures: [picture]))
            }
        }
        for count in settings.together where count > 1 && count < ranking.count {
            proposals.append(
                Proposal(rule: "measured, the first \(count) together", pictures: Array(ranking.prefix(count))))
        }
        return proposals
    }

    private func traits(of candidates: [Seen]) async throws -> [CandidateTraits] {
        let ranges = try await compilation.ranges(of: candidates.map { try Self.tiles($0.picture) })
        return zip(candidates, ranges).map { candidate, ranges in
            let spread = PixelSpread(candidate.picture.tiles)
            return CandidateTraits(
                people: candidate.people, colour: spread.colour, brightness: spread.brightness, ranges: ranges)
        }
    }

    static func tiles(_ picture: CutPicture) throws -> [[UInt8]] {
        try picture.tiles.map { try PictureEncoder.png($0.copied) }
    }
}
