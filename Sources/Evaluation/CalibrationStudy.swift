public import Counting
public import Density
public import Imaging
import Inference
public import Models

/// Chooses the pictures that a network is quantised with: candidates are ranked by measured properties, the best few
/// are built, and the one whose INT8 network errs least on pictures set apart for that is kept.
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

    /// How the pictures are shared out and what is built.
    public struct Settings: Sendable, Hashable {
        /// Pictures that candidates are compared on.
        public var selection = 12
        /// Pictures that nothing is chosen on: what is reported.
        public var test = 24
        /// Pictures that are measured as candidates.
        public var candidates = 24
        /// Candidates that are built.
        public var built = 3
        /// The most promising candidates that are built into one more, together; 1 for none.
        public var together = 4
        /// Single pictures chosen by chance, to compare with.
        public var random = 0
        /// Pictures in one calibration of many, to compare with; 0 for none.
        public var many = 0
        /// The last operators that stay in floating point.
        public var floatLayers = 0
        /// The same seed shares out alike.
        public var seed: UInt64 = 1

        /// The defaults.
        public init() {}
    }

    /// One calibration and how its network did.
    public struct Row: Sendable {
        /// Which rule chose it.
        public let rule: String
        /// The pictures it was calibrated on.
        public let pictures: [String]
        /// The calibration itself.
        public let calibration: Calibration
        /// On the pictures that candidates are compared on.
        public let selection: CalibrationErrors
        /// On those that nothing is chosen on.
        public let test: CalibrationErrors
    }

    /// What came of it.
    public struct Outcome: Sendable {
        /// The network in floating point, on the pictures of `Row.selection` and on those of `Row.test`.
        public let float: (selection: CalibrationErrors, test: CalibrationErrors)
        /// Every calibration that was built; the chosen one first.
        public let rows: [Row]
        /// Why the first was chosen, in a sentence.
        public let reason: String
    }

    private struct Seen: Sendable {
        let source: Source
        let picture: CutPicture
        let people: Double
    }

    private let network: LoadedNetwork
    private let plan: TilePlan
    private let decoder: PictureDecoder
    private let compilation: Compilation
    private let quantised: @Sendable (_ archive: String) async throws -> LoadedNetwork
    private let say: @Sendable (String) -> Void

    /// - Parameters:
    ///   - network: the network in floating point.
    ///   - quantised: loads a network that `Compilation.reference` kept.
    ///   - say: told what is about to be done, in a few words.
    public init(
        network: LoadedNetwork, plan: TilePlan, decoder: PictureDecoder, compilation: Compilation,
        quantised: @escaping @Sendable (_ archive: String) async throws -> LoadedNetwork,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.network = network
        self.plan = plan
        self.decoder = decoder
        self.compilation = compilation
        self.quantised = quantised
        self.say = say
    }

    /// Ranks, builds, measures and chooses.
    /// - Parameter sources: at least three: candidates and those to measure on are never the same picture.
    /// - Throws: `EvaluationError.noPictures`, errors of the compiler and of the engines.
    public func run(_ sources: [Source], settings: Settings) async throws -> Outcome {
        guard sources.count >= 3 else { throw EvaluationError.tooFewPictures(found: sources.count, needed: 3) }
        let shuffled = Self.shuffled(sources, seed: settings.seed)
        // A third each where there are few.
        let selected = min(settings.selection, sources.count / 3)
        let tested = min(settings.test, sources.count / 3)
        let pool = Array(shuffled.dropFirst(selected + tested))
        let selection = try await see(shuffled[..<selected], "to compare on")
        let test = try await see(shuffled[selected..<(selected + tested)], "to report on")
        let candidates = try await see(pool.prefix(settings.candidates), "as candidates")
        let traits = try await traits(of: candidates)
        let ranking = CandidateTraits.ranking(of: traits)
        var plans: [(rule: String, pictures: [Source])] = ranking.prefix(settings.built).enumerated().map {
            ("measured, place \($0.offset + 1)", [candidates[$0.element].source])
        }
        let together = ranking.prefix(settings.together).map { candidates[$0].source }
        if together.count > 1 { plans.append(("measured, the first \(together.count) together", together)) }
        let eligibleCount = plans.count + (candidates.isEmpty ? 0 : 1)
        if let best = CandidateTraits.seedRanking(of: traits).first {
            plans.append(("the seed's rule", [candidates[best].source]))
        }
        for source in Self.shuffled(pool, seed: settings.seed + 1).prefix(settings.random) {
            plans.append(("one at random", [source]))
        }
        if settings.many > 0 {
            let many = Self.shuffled(pool, seed: settings.seed + 2).prefix(settings.many)
            plans.append(("\(many.count) at random", Array(many)))
        }
        var rows: [Row] = []
        for (index, plan) in plans.enumerated() {
            say("calibration \(index + 1) of \(plans.count), \(plan.rule)")
            rows.append(try await row(plan, selection, test, floatLayers: settings.floatLayers))
        }
        // Only what the measured ranking or the seed's rule proposed is chosen: the rest is there to compare with.
        let eligible = rows.prefix(eligibleCount)
        let chosen = eligible.indices.min { eligible[$0].selection.figure < eligible[$1].selection.figure } ?? 0
        let row = rows.remove(at: chosen)
        return Outcome(
            float: (CalibrationErrors(selection.map(Self.exact)), CalibrationErrors(test.map(Self.exact))),
            rows: [row] + rows, reason: Self.reason(row, among: eligible.count, on: selection.count))
    }

    private static func exact(_ seen: Seen) -> CalibrationErrors.Sample {
        (seen.source.truth, seen.people, seen.people)
    }

    private static func reason(_ row: Row, among built: Int, on pictures: Int) -> String {
        "\(row.pictures.joined(separator: ", ")) (\(row.rule)): of \(built) calibrations built, its INT8 network errs least "
            + "on \(pictures) pictures set apart"
    }

    private func see(_ sources: some Collection<Source>, _ purpose: String) async throws -> [Seen] {
        var seen: [Seen] = []
        for (index, source) in sources.enumerated() {
            say("counting pictures \(purpose), \(index + 1) of \(sources.count)")
            let picture = try await network.cut(WholeFile.read(source.path), by: plan, decoder: decoder)
            let maps = try await network.engine.densities(of: picture.tiles)
            seen.append(Seen(source: source, picture: picture, people: try network.count(picture, from: maps).people))
        }
        return seen
    }

    private func traits(of candidates: [Seen]) async throws -> [CandidateTraits] {
        let ranges = try await compilation.ranges(of: candidates.map { try Self.tiles($0.picture) })
        return zip(candidates, ranges).map { candidate, ranges in
            let spread = PixelSpread(candidate.picture.tiles)
            return CandidateTraits(
                people: candidate.people, colour: spread.colour, brightness: spread.brightness, ranges: ranges)
        }
    }

    private func row(
        _ plan: (rule: String, pictures: [Source]), _ selection: [Seen], _ test: [Seen], floatLayers: Int
    ) async throws -> Row {
        var tiles: [[UInt8]] = []
        for source in plan.pictures {
            let cut = try await network.cut(WholeFile.read(source.path), by: self.plan, decoder: decoder)
            tiles += try Self.tiles(cut)
        }
        let calibration = Calibration(tiles: tiles, floatLayers: floatLayers)
        let int8 = try await quantised(compilation.reference(calibration))
        do {
            let row = Row(
                rule: plan.rule, pictures: plan.pictures.map(\.name), calibration: calibration,
                selection: try await errors(of: int8, on: selection), test: try await errors(of: int8, on: test))
            await int8.engine.close()
            return row
        } catch {
            await int8.engine.close()
            throw error
        }
    }

    private func errors(of int8: LoadedNetwork, on pictures: [Seen]) async throws -> CalibrationErrors {
        var samples: [CalibrationErrors.Sample] = []
        for seen in pictures {
            let maps = try await int8.engine.densities(of: seen.picture.tiles)
            samples.append((seen.source.truth, seen.people, try int8.count(seen.picture, from: maps).people))
        }
        return CalibrationErrors(samples)
    }

    private static func tiles(_ picture: CutPicture) throws -> [[UInt8]] {
        try picture.tiles.map { try PictureEncoder.png($0.copied) }
    }

    private static func shuffled(_ sources: [Source], seed: UInt64) -> [Source] {
        var generator = SeededGenerator(seed: seed)
        return sources.shuffled(using: &generator)
    }
}
