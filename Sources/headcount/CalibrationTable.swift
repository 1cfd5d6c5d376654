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

    static func write(_ outcome: CalibrationStudy.Outcome, to path: String) throws {
        let header = [
            "calibrated_on", "rule", "mae_compared", "from_fp32_compared", "mae_reported", "from_fp32_reported",
        ]
        try OutputFile.write(Array(([header] + rows(outcome)).map(CSVWriter.record).joined().utf8), to: path)
    }

    private static func rows(_ outcome: CalibrationStudy.Outcome) -> [[String]] {
        let float = ["FP32, not quantised", ""] + figures(outcome.float.selection) + figures(outcome.float.test)
        return [float]
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
