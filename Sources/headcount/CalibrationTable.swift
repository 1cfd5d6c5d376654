import CSV
import Evaluation
import Terminal

/// Calibrations side by side, as people and as spreadsheets read them.
enum CalibrationTable {
    static func text(of outcome: CalibrationStudy.Outcome) -> String {
        var table = TextTable([
            ("CALIBRATED ON", .left), ("RULE", .left), ("MAE, COMPARED", .right), ("FROM FP32", .right),
            ("MAE, REPORTED", .right), ("FROM FP32", .right),
        ])
        for row in rows(outcome) { table.append(row) }
        return table.text
    }

    /// What to say where INT8 costs more on the pictures of the report than it was let cost on those compared on; `nil` where
    /// it does not.
    /// - Parameter tolerance: share of the network's own figure by which INT8 may be off.
    static func warning(
        of report: CalibrationErrors, against exact: CalibrationErrors, tolerance: Double
    ) -> String? {
        let loss = report.loss(against: exact)
        guard loss > tolerance else { return nil }
        let percent = { (share: Double) in Numbers.fixed(share * 100, digits: 1) + " %" }
        var words =
            "on the \(Numbers.counted(report.images, "picture")) reported INT8 loses \(percent(loss)), more than the "
            + "\(percent(tolerance)) aimed at: "
        if let mae = report.mae, let own = exact.mae {
            words += "MAE \(Numbers.fixed(mae, digits: 2)), FP32 \(Numbers.fixed(own, digits: 2)); "
        }
        words +=
            "counts are off by \(Numbers.fixed(report.difference, digits: 2)) of "
            + "\(Numbers.fixed(report.people, digits: 1)) on average"
        // Another --seed would report on other pictures: whoever tries until one suits has chosen on those reported.
        return words + "; more pictures (--compare-on, --candidates) or --float-layers may do better"
    }

    /// What to say of how counts were scaled to the true ones, or could be.
    static func words(of scale: TruthScale, isAskedFor: Bool) -> String? {
        let percent = { (factor: Double) in Numbers.fixed(abs(factor - 1) * 100, digits: 1) + " %" }
        switch scale {
        case .none:
            return isAskedFor
                ? "Counts are not scaled: too few true counts are known, or no factor makes errors 3 % less on pictures it "
                    + "was not found on." : nil
        case .applied:
            return scale.words.map {
                "All counts of the model are multiplied by \($0), to be the true ones on the whole."
            }
        case .possible(let factor):
            return "The network counts \(percent(1 / factor)) too \(factor > 1 ? "few" : "many") here on the whole: "
                + "--match-truth corrects that."
        }
    }

    static func write(_ outcome: CalibrationStudy.Outcome, to path: String) throws {
        let header = [
            "calibrated_on", "rule", "mae_compared", "from_fp32_compared", "mae_reported", "from_fp32_reported",
        ]
        try OutputFile.write(Array(([header] + rows(outcome)).map(CSVWriter.record).joined().utf8), to: path)
    }

    private static func rows(_ outcome: CalibrationStudy.Outcome) -> [[String]] {
        let exact = { (words: String, rule: String, errors: (selection: CalibrationErrors, test: CalibrationErrors)) in
            [words, rule] + figures(errors.selection) + figures(errors.test)
        }
        let scaled = outcome.scale.words.map { "output x \($0), as below" } ?? ""
        return [exact("FP32, not quantised", scaled, outcome.float)]
            + (outcome.unscaled.map { [exact("FP32, not scaled", "", $0)] } ?? [])
            + outcome.rows.map { row in
                let pictures =
                    row.pictures.count == 1 ? row.pictures[0] : Numbers.counted(row.pictures.count, "picture")
                return [pictures, row.rule] + figures(row.selection) + (row.test.map(figures) ?? ["", ""])
            }
    }

    private static func figures(_ errors: CalibrationErrors) -> [String] {
        [errors.mae.map { Numbers.fixed($0, digits: 3) } ?? "", Numbers.fixed(errors.difference, digits: 3)]
    }
}
