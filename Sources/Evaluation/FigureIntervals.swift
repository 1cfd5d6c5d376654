/// How sure each figure is: the interval that bootstrap samples of the pictures leave for it.
public struct FigureIntervals: Sendable, Hashable, Encodable {
    /// Of the mean absolute error.
    public let mae: Interval?
    /// Of the root of the mean squared error.
    public let rmse: Interval?
    /// Of the mean error relative to the truth.
    public let nae: Interval?
    /// Of the mean error.
    public let bias: Interval?
    /// Of the contest's score.
    public let score: Interval?

    init(of observations: [Observation], by bootstrap: Bootstrap) {
        let intervals = bootstrap.intervals(over: observations.count) { sample in
            let figures = ErrorFigures(of: sample.lazy.map { observations[$0] })
            return [figures?.mae, figures?.rmse, figures?.nae, figures?.bias, figures?.score]
        }
        mae = intervals[0]
        rmse = intervals[1]
        nae = intervals[2]
        bias = intervals[3]
        score = intervals[4]
    }
}
