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

    private let evaluation: Evaluation

    private enum CodingKeys: String, CodingKey {
        case command, version, model, digest, plan, engine, simulated, score, intervals, levels
    }

    init(_ evaluation: Evaluation) {
        self.evaluation = evaluation
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
    }
}
