extension ParetoPlot {
    /// Writes the SVG document.
    /// - Throws: `EvaluationError.unwritable`.
    public func write(to path: String) throws(EvaluationError) {
        try WholeFile.write(svg.utf8, to: path)
    }
}
