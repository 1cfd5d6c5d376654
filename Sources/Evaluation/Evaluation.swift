/// How good one model is on one set of pictures: the figures, how sure they are, and each picture.
public struct Evaluation: Sendable {
    /// The pictures of one crowd level.
    public struct Level: Sendable, Hashable {
        /// The level.
        public let level: CrowdLevel
        /// Over its pictures.
        public let figures: ErrorFigures
        /// How sure each of the figures is; `nil` where the pictures are fewer than `fewest`.
        public let intervals: FigureIntervals?

        /// Fewer pictures tell nothing of how others would do.
        public static let fewest = 5
    }

    /// What was evaluated, as tables name it.
    public let subject: Subject
    /// Every picture, in the order it was handed over.
    public let observations: [Observation]
    /// Over all pictures.
    public let figures: ErrorFigures
    /// How sure each of the figures is.
    public let intervals: FigureIntervals
    /// By crowd level, ascending; levels without a picture are left out.
    public let levels: [Level]

    /// Evaluates some observations; `nil` where there are none.
    public init?(of observations: [Observation], subject: Subject, bootstrap: Bootstrap = Bootstrap()) {
        guard let figures = ErrorFigures(of: observations) else { return nil }
        self.subject = subject
        self.observations = observations
        self.figures = figures
        intervals = FigureIntervals(of: observations, by: bootstrap)
        let byLevel = Dictionary(grouping: observations) { CrowdLevel(truth: $0.truth) }
        levels = CrowdLevel.allCases.compactMap { level in
            guard let told = byLevel[level], let figures = ErrorFigures(of: told) else { return nil }
            let intervals = told.count >= Level.fewest ? FigureIntervals(of: told, by: bootstrap) : nil
            return Level(level: level, figures: figures, intervals: intervals)
        }
    }
}
