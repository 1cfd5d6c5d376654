import Models

extension CalibrationStudy {
    /// A calibration that is worth building.
    struct Proposal: Sendable, Hashable {
        /// Why.
        var rule: String
        /// What thresholds are taken from.
        var pictures: [Source]
        /// How they are taken.
        var method = Calibration.Method.divergence
        /// The last operators that stay in floating point.
        var floatLayers = 0

        /// The same pictures with thresholds taken in another way.
        func with(_ method: Calibration.Method) -> Proposal {
            var proposal = self
            proposal.method = method
            proposal.rule += ", thresholds by \(method.rawValue)"
            return proposal
        }

        /// The same pictures quantised as `chosen` is; `nil` where they are already.
        func treated(like chosen: Proposal) -> Proposal? {
            guard method != chosen.method || floatLayers != chosen.floatLayers else { return nil }
            var proposal = method == chosen.method ? self : with(chosen.method)
            if floatLayers != chosen.floatLayers {
                proposal.floatLayers = chosen.floatLayers
                proposal.rule += ", the last \(chosen.floatLayers) in FP32"
            }
            return proposal
        }
    }

    /// The pictures, shared out: no picture is in two of the first three parts.
    struct Shares: Sendable {
        /// What calibrations are compared on.
        let selection: [Source]
        /// What is reported.
        let test: [Source]
        /// What candidates come from.
        let pool: [Source]
        /// Calibrations chosen by chance, to compare with, on any pictures but those of `test`.
        let comparisons: [Proposal]

        init(_ sources: [Source], _ settings: Settings) throws(EvaluationError) {
            guard sources.count >= fewest else { throw .tooFewPictures(found: sources.count, needed: fewest) }
            let shuffled = Self.shuffled(sources, seed: settings.seed)
            let (selected, tested) = settings.shares(of: sources.count)
            // Pictures with a true count come first where figures are made of them, shared out like the rest.
            let (told, untold) = (shuffled.filter { $0.truth != nil }, shuffled.filter { $0.truth == nil })
            let ofSelection = min(selected, told.count * selected / (selected + tested))
            let ofTest = min(tested, told.count - ofSelection)
            let (fillSelection, fillTest) = (selected - ofSelection, tested - ofTest)
            selection = Array(told.prefix(ofSelection) + untold.prefix(fillSelection))
            test = Array(told.dropFirst(ofSelection).prefix(ofTest) + untold.dropFirst(fillSelection).prefix(fillTest))
            pool = Array(told.dropFirst(ofSelection + ofTest) + untold.dropFirst(fillSelection + fillTest))
            // Of all but what is reported: what is only compared with may be compared on what it was calibrated on, for
            // nothing is chosen by that.
            let free = pool + selection
            var comparisons = Self.shuffled(free, seed: settings.seed + 1).prefix(settings.random).map {
                Proposal(rule: "one at random", pictures: [$0])
            }
            if settings.many > 0 {
                let many = Self.shuffled(free, seed: settings.seed + 2).prefix(settings.many)
                comparisons.append(Proposal(rule: "\(many.count) at random", pictures: Array(many)))
            }
            self.comparisons = comparisons
        }

        private static func shuffled(_ sources: [Source], seed: UInt64) -> [Source] {
            var generator = SeededGenerator(seed: seed)
            return sources.shuffled(using: &generator)
        }
    }

    /// How often a study of so many pictures tells what it does, at most: for whoever draws its progress.
    public static func steps(pictures: Int, settings: Settings) -> Int {
        let (selected, tested) = settings.shares(of: pictures)
        let candidates = min(settings.candidates, pictures - selected - tested)
        let proposed = min(settings.built, candidates) + 1 + settings.together.count { $0 < candidates }
        let others = settings.methods.count - 1
        // Where another way to thresholds is better, all that was proposed is built once more.
        let built = proposed + others + (others > 0 ? proposed - 1 : 0)
        // Each in two ways; where there is something to compare with, what was proposed is reported too.
        let compared = 2 * (settings.random + (settings.many > 0 ? 1 : 0))
        let reported = compared > 0 ? compared + 2 * built : 1
        let measured = (built + compared) * (stepsOfARow + selected) + reported * (1 + tested)
        return selected + tested + candidates + 2 + measured
    }

    /// Naming it, calibrating and quantising; the network is read once for all.
    private static let stepsOfARow = 4
}
