import Counting
import Density
import Inference
import Models

extension CalibrationStudy {
    /// The calibrations that were built so far, and which of them is the best.
    struct Search {
        /// One that was built, with or without a factor on its output.
        struct Built {
            let row: Row
            let proposal: Proposal
        }

        /// In the order they were built.
        private(set) var rows: [Built] = []

        private let study: CalibrationStudy
        private let settings: Settings
        private let scale: TruthScale
        private let selection: [Seen]
        private let test: [Seen]

        init(study: CalibrationStudy, settings: Settings, scale: TruthScale, selection: [Seen], test: [Seen]) {
            self.study = study
            self.settings = settings
            self.scale = scale
            self.selection = selection
            self.test = test
        }

        /// Place in `rows` of the one that is nearest to the network on the pictures compared on; of equal ones the first.
        var best: Int {
            rows.indices.min { rows[$0].row.selection.difference < rows[$1].row.selection.difference } ?? 0
        }

        /// Builds and measures what is proposed; thresholds are taken in the first way.
        mutating func chooseAmong(_ proposals: [Proposal]) async throws {
            for (index, proposal) in proposals.enumerated() {
                var proposal = proposal
                proposal.method = settings.methods.first ?? proposal.method
                proposal.floatLayers = settings.floatLayers
                try await add(proposal, "calibration \(index + 1) of \(proposals.count)")
            }
        }

        /// Takes the thresholds of the best pictures in the other ways too, and where one of these is better, those of
        /// all that was proposed: pictures that suit one way need not suit another.
        mutating func tryMethods(on proposals: [Proposal]) async throws {
            let found = rows[best].proposal
            for method in settings.methods.dropFirst() {
                try await add(found.with(method), "other thresholds")
            }
            let method = rows[best].proposal.method
            guard method != found.method else { return }
            for proposal in proposals where proposal.pictures != found.pictures {
                var proposal = proposal
                proposal.floatLayers = settings.floatLayers
                try await add(proposal.with(method), "other thresholds")
            }
        }

        /// Leaves ever more of the last operators in floating point, until INT8 is near enough.
        mutating func tryFloatLayers() async throws {
            let exact = CalibrationErrors(selection.map(CalibrationStudy.exact))
            let found = rows[best].proposal
            var layers = max(1, 2 * settings.floatLayers)
            while layers <= settings.mixed, rows[best].row.selection.loss(against: exact) > settings.tolerance {
                var proposal = found
                proposal.floatLayers = layers
                proposal.rule += ", the last \(layers) in FP32"
                try await add(proposal, "mixed precision")
                layers *= 2
            }
        }

        /// Builds and measures what is only to be compared with, on the pictures of the report too: as the compiler
        /// quantises by itself, and with all that the chosen calibration was given.
        func rows(of proposals: [Proposal], like chosen: Proposal) async throws -> [Row] {
            var rows: [Row] = []
            for (index, proposal) in proposals.enumerated() {
                var plain = proposal
                plain.floatLayers = settings.floatLayers
                let purpose = "to compare with, \(index + 1) of \(proposals.count)"
                for variant in [plain] + [plain.treated(like: chosen)].compactMap({ $0 }) {
                    for row in try await measured(variant, purpose) {
                        rows.append(row.reported(try await report(of: row)))
                    }
                }
            }
            return rows
        }

        /// What a calibration errs by on the pictures that nothing was chosen on.
        func report(of row: Row) async throws -> CalibrationErrors {
            let samples = try await counts(of: row.calibration, on: test)
            return CalibrationErrors(samples.map { ($0.truth, $0.float, $0.int8 * row.factor) })
        }

        /// Builds and measures one, and once more with its output corrected where that helps on pictures the correction
        /// was not found on.
        private mutating func add(_ proposal: Proposal, _ purpose: String) async throws {
            for row in try await measured(proposal, purpose) { rows.append(Built(row: row, proposal: proposal)) }
        }

        /// A calibration, and the same once more with its output corrected where that helps.
        private func measured(_ proposal: Proposal, _ purpose: String) async throws -> [Row] {
            let (row, samples) = try await build(proposal, purpose)
            guard let factor = OutputFactor.helpful(for: samples.map { ($0.float, $0.int8) }) else { return [row] }
            let corrected = Row(
                rule: row.rule + ", output x \(OutputFactor.words(factor))", pictures: row.pictures,
                calibration: row.calibration, factor: factor,
                selection: CalibrationErrors(samples.map { ($0.truth, $0.float, $0.int8 * factor) }))
            return [row, corrected]
        }

        private func build(
            _ proposal: Proposal, _ purpose: String
        ) async throws -> (row: Row, samples: [CalibrationErrors.Sample]) {
            study.say("\(purpose): \(proposal.rule)")
            var tiles: [[UInt8]] = []
            for source in proposal.pictures { tiles += try CalibrationStudy.tiles(try await study.cut(source)) }
            let calibration = Calibration(
                tiles: tiles, method: proposal.method, floatLayers: proposal.floatLayers)
            let samples = try await counts(of: calibration, on: selection)
            let row = Row(
                rule: proposal.rule, pictures: proposal.pictures.map(\.name), calibration: calibration, factor: 1,
                selection: CalibrationErrors(samples))
            return (row, samples)
        }

        private func counts(
            of calibration: Calibration, on pictures: [Seen]
        ) async throws -> [CalibrationErrors.Sample] {
            let counter = try QuantisedCounts(study, archive: await study.compilation.reference(calibration))
            do {
                let samples = try await counter.samples(of: pictures)
                await counter.close()
                return samples.map { ($0.truth, $0.float, $0.int8 * scale.factor) }
            } catch {
                await counter.close()
                throw error
            }
        }
    }
}
