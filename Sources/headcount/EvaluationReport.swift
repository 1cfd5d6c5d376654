import Evaluation

/// An evaluation as programs read it.
struct EvaluationReport: Encodable {
    private struct Level: Encodable {
        let level: String
        let figures: ErrorFigures
        let intervals: FigureIntervals?

        private enum CodingKeys: String, CodingKey {
            case level, intervals
        }

        func encode(to encoder: any Encoder) throws {
            try figures.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(level, forKey: .level)
            try container.encodeIfPresent(intervals, forKey: .intervals)
        }
    }

    /// Pictures that the figures say nothing of; each number where it can be known.
    struct LeftOut: Encodable {
        /// Could not be decoded.
        var undecodable: Int?
        /// Have no true count.
        var untold: Int?
        /// Have a true count, and none of the run.
        var uncounted: Int?

        private enum CodingKeys: String, CodingKey {
            case undecodable, uncounted
            case untold = "without_truth"
        }
    }

    /// What an evaluation comes to beside others.
    struct Standing {
        /// Its file or run, as it was named.
        let name: String
        /// From 1, by score.
        let rank: Int
        /// True where no other is at once faster and as accurate, or as fast and more accurate.
        let isOnFront: Bool
    }

    private let evaluation: Evaluation
    private let leftOut: LeftOut?
    private let standing: Standing?

    private enum CodingKeys: String, CodingKey {
        case command, version, model, digest, plan, engine, simulated, score, intervals, levels, name, rank
        case leftOut = "left_out"
        case isOnFront = "front"
    }

    init(_ evaluation: Evaluation, leftOut: LeftOut? = nil, standing: Standing? = nil) {
        self.evaluation = evaluation
        self.leftOut = leftOut
        self.standing = standing
    }

    /// The figures over all pictures stand beside what was evaluated.
    func encode(to encoder: any Encoder) throws {
        try evaluation.figures.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode("evaluate", forKey: .command)
        try container.encode(Version.current, forKey: .version)
        try container.encode(evaluation.subject.model, forKey: .model)
        try container.encode(evaluation.subject.digest, forKey: .digest)
        try container.encode(evaluation.subject.plan, forKey: .plan)
        try container.encode(evaluation.subject.engine, forKey: .engine)
        try container.encode(evaluation.subject.simulated, forKey: .simulated)
        try container.encode(evaluation.figures.score, forKey: .score)
        try container.encode(evaluation.intervals, forKey: .intervals)
        try container.encode(
            evaluation.levels.map { Level(level: $0.level.rawValue, figures: $0.figures, intervals: $0.intervals) },
            forKey: .levels)
        try container.encodeIfPresent(leftOut, forKey: .leftOut)
        try container.encodeIfPresent(standing?.name, forKey: .name)
        try container.encodeIfPresent(standing?.rank, forKey: .rank)
        try container.encodeIfPresent(standing?.isOnFront, forKey: .isOnFront)
    }
}
