/// Which of several models and plans are worth having: none other is at once faster and at least as accurate.
public enum ParetoFront {
    /// - Parameter points: seconds per picture and mean absolute error of each.
    /// - Returns: for each point, true where it is on the front. Of equal points all are or none is.
    public static func membership(of points: [(seconds: Double, mae: Double)]) -> [Bool] {
        points.map { point in
            !points.contains { other in
                other.seconds <= point.seconds && other.mae <= point.mae
                    && (other.seconds < point.seconds || other.mae < point.mae)
            }
        }
    }
}
