import Counting
import Density
import Inference
import Models

extension CalibrationStudy {
    /// The calibrations that were built so far, and which of them is the best.
    struct Search {
        /// One that was built, with the counts of its network.
        struct Built {
            let row: Row
            let proposal: Proposal
            let selection: [CalibrationErrors.Sample]
            let test: [CalibrationErrors.Sample]
        }

        /// In the order they were built.
        private(set) var rows: [Built] = []

        private let study: CalibrationStudy
        private let settings: Settings
        private let selection: [Seen]
        private let test: [Seen]

        init(study: CalibrationStudy, settings: Settings, selection: [Seen], test: [Seen]) {
            self.study = study
            self.settings = settings
            self.selection = selection
            self.test = test
        }

        /// Place in `rows` of the one that is nearest to the network on the pictures compared on; of equal ones the first.
        var best: Int {
            rows.indices.min { rows[$0].row.selection.difference < rows[$1].row.selection.difference } ?? 0
        }

        /// Builds and measures what is proposed.
        mutating func chooseAmong(_ proposals: [Proposal]) async throws {
            for (index, proposal) in proposals.enumerated() {
                var proposal = proposal
                proposal.method = settings.methods.first ?? proposal.method
                proposal.floatLayers = settings.floatLayers
                rows.append(try await build(proposal, "calibration \(index + 1) of \(proposals.count)"))
            }
        }

        /// Takes the thresholds from the best pictures in other ways too.
        mutating func tryMethods() async throws {
            let found = rows[best].proposal
            for method in settings.methods.dropFirst() {
                var proposal = found
                proposal.method = method
                proposal.rule += ", thresholds by \(method.rawValue)"
                rows.append(try await build(proposal, "other thresholds"))
            }
        }

        /// Leaves ever more of the last operators in floating point, until INT8 is near enough.
        mutating func tryFloatLayers() async throws {
            let found = rows[best].proposal
            var layers = max(1, 2 * settings.floatLayers)
            while layers <= settings.mixed, loss(of: rows[best]) > settings.tolerance {
                var proposal = found
                proposal.floatLayers = layers
                proposal.rule += ", the last \(layers) in FP32"
                rows.append(try await build(proposal, "mixed precision"))
                layers *= 2
            }
        }

        /// Corrects the output of each calibration where that helps on pictures the correction was not found on.
        mutating func tryFactors() {
            for built in rows {
                guard let factor = OutputFactor.helpful(for: built.selection) else { continue }
                let row = built.row
                let scaled = { (samples: [CalibrationErrors.Sample]) in
                    CalibrationErrors(samples.map { ($0.truth, $0.float, $0.int8 * factor) })
                }
                let corrected = Row(
                    rule: row.rule + ", output x \(OutputFactor.words(factor))", pictures: row.pictures,
                    calibration: row.calibration, factor: factor, selection: scaled(built.selection),
                    test: scaled(built.test))
                rows.append(
                    Built(row: corrected, proposal: built.proposal, selection: built.selection, test: built.test))
            }
        }

        /// Builds and measures what is only to be compared with.
        func rows(of proposals: [Proposal]) async throws -> [Row] {
            var rows: [Row] = []
            for (index, proposal) in proposals.enumerated() {
                var proposal = proposal
                proposal.floatLayers = settings.floatLayers
                rows.append(try await build(proposal, "to compare with, \(index + 1) of \(proposals.count)").row)
            }
            return rows
        }

        /// Share of the network's own figure that INT8 is off by: of its error where true counts are known, else of its
        /// counts.
        private func loss(of built: Built) -> Double {
            let exact = CalibrationErrors(selection.map { ($0.source.truth, $0.people, $0.people) })
            if let float = exact.mae, let int8 = built.row.selection.mae, float > 0 { return (int8 - float) / float }
            let mean = selection.reduce(0) { $0 + $1.people } / Double(max(1, selection.count))
            return mean > 0 ? built.row.selection.difference / mean : 0
        }

        private func build(_ proposal: Proposal, _ purpose: String) async throws -> Built {
            study.say("\(purpose): \(proposal.rule)")
            var tiles: [[UInt8]] = []
            for source in proposal.pictures {
                let cut = try await study.network.cut(
                    WholeFile.read(source.path), by: study.plan, decoder: study.decoder)
                tiles += try CalibrationStudy.tiles(cut)
            }
            let calibration = Calibration(
                tiles: tiles, method: proposal.method, floatLayers: proposal.floatLayers)
            let int8 = try await study.quantised(study.compilation.reference(calibration))
            do {
                let selected = try await samples(of: int8, on: selection, "to compare")
                let tested = try await samples(of: int8, on: test, "to report")
                await int8.engine.close()
                let row = Row(
                    rule: proposal.rule, pictures: proposal.pictures.map(\.name), calibration: calibration, factor: 1,
                    selection: CalibrationErrors(selected), test: CalibrationErrors(tested))
                return Built(row: row, proposal: proposal, selection: selected, test: tested)
            } catch {
                await int8.engine.close()
                throw error
            }
        }

        private func samples(
            of int8: LoadedNetwork, on pictures: [Seen], _ purpose: String
        ) async throws -> [CalibrationErrors.Sample] {
            var samples: [CalibrationErrors.Sample] = []
            for (index, seen) in pictures.enumerated() {
                study.say("counting with INT8 \(purpose), \(index + 1) of \(pictures.count)")
                let maps = try await int8.engine.densities(of: seen.picture.tiles)
                samples.append((seen.source.truth, seen.people, try int8.count(seen.picture, from: maps).people))
            }
            return samples
        }
    }
}
