import Evaluation
import Terminal

/// Evaluations as people read them.
enum EvaluationTable {
    /// One evaluation: over all pictures, how sure that is, and by crowd level.
    static func text(of evaluation: Evaluation) -> String {
        var table = TextTable([
            ("PEOPLE", .left), ("IMAGES", .right), ("MAE", .right), ("RMSE", .right), ("NAE", .right),
            ("BIAS", .right), ("SECONDS", .right), ("SCORE", .right),
        ])
        for level in evaluation.levels {
            table.append(row(level.level.rawValue, level.figures, score: false))
            if let intervals = level.intervals { table.append(row(intervals, score: false)) }
        }
        table.append(row("all", evaluation.figures, score: true))
        table.append(row(evaluation.intervals, score: true))
        return table.text
    }

    private static func row(_ intervals: FigureIntervals, score: Bool) -> [String] {
        [
            "95 %", "", range(intervals.mae, digits: 1), range(intervals.rmse, digits: 1),
            range(intervals.nae, digits: 3), range(intervals.bias, digits: 1), "",
            score ? range(intervals.score, digits: 1) : "",
        ]
    }

    /// Several evaluations, the best score first, and which are on the Pareto front of accuracy against time.
    static func ranking(of named: [(name: String, evaluation: Evaluation)], onFront: [Bool]) -> String {
        var table = TextTable([
            ("#", .right), ("RESULT", .left), ("MODEL", .left), ("PLAN", .left), ("ENGINE", .left), ("IMAGES", .right),
            ("MAE", .right),
            ("RMSE", .right), ("NAE", .right), ("BIAS", .right), ("SECONDS", .right), ("SCORE", .right),
            ("FRONT", .left),
        ])
        for (index, (name, evaluation)) in named.enumerated() {
            let subject = evaluation.subject
            table.append(
                [
                    "\(index + 1)", name, subject.model, subject.plan,
                    subject.engine + (subject.simulated ? " (simulated)" : ""),
                ]
                    + figures(evaluation.figures) + [score(evaluation.figures), onFront[index] ? "yes" : ""])
        }
        return table.text
    }

    /// Two evaluations, by their titles, picture by picture.
    static func text(of comparison: PairedComparison, _ first: String, _ second: String, rows: Int) -> String {
        let difference = comparison.maeDifference
        let better = difference <= 0 ? first : second
        let sure = !(comparison.interval.low...comparison.interval.high).contains(0)
        var text = """
            \(first) against \(second), \(Numbers.counted(comparison.pairs.count, "picture")) of both\
            \(comparison.unpaired > 0 ? ", \(Numbers.grouped(comparison.unpaired)) of only one left out" : ""):
            MAE \(Numbers.fixed(difference.magnitude, digits: 2)) lower with \(better), \
            95 % \(range(comparison.interval, digits: 2)) as first less second: \
            \(sure ? "the pictures tell the two apart" : "the pictures do not tell the two apart").
            Nearer to the truth: the first in \(comparison.nearer.first), the second in \(comparison.nearer.second), \
            neither in \(comparison.nearer.neither).

            """
        var table = TextTable([
            ("PICTURES WHERE THEY DIFFER MOST", .left), ("TRUTH", .right), ("FIRST", .right), ("SECOND", .right),
        ])
        for pair in comparison.pairs.prefix(rows) {
            table.append([
                pair.first.image, Numbers.fixed(pair.first.truth, digits: 0),
                Numbers.fixed(pair.first.count, digits: 1),
                Numbers.fixed(pair.second.count, digits: 1),
            ])
        }
        text += table.text
        return text
    }

    private static func row(_ name: String, _ figures: ErrorFigures, score: Bool) -> [String] {
        [name] + Self.figures(figures) + [score ? Self.score(figures) : ""]
    }

    private static func figures(_ figures: ErrorFigures) -> [String] {
        [
            Numbers.grouped(figures.images), Numbers.fixed(figures.mae, digits: 2),
            Numbers.fixed(figures.rmse, digits: 2), figures.nae.map { Numbers.fixed($0, digits: 3) } ?? "",
            Numbers.fixed(figures.bias, digits: 2), Numbers.fixed(figures.secondsPerImage, digits: 3),
        ]
    }

    private static func score(_ figures: ErrorFigures) -> String {
        figures.score.map { Numbers.fixed($0, digits: 2) } ?? ""
    }

    private static func range(_ interval: Interval?, digits: Int) -> String {
        guard let interval else { return "" }
        return "\(Numbers.fixed(interval.low, digits: digits))..\(Numbers.fixed(interval.high, digits: digits))"
    }
}
