import Archive
import Supervision

extension CardReadings {
    /// Takes what a driver or a worker tells of the card itself, and keeps what it does not.
    mutating func take(_ report: WorkerReport) {
        chipCelsius = report.chipCelsius ?? chipCelsius
        boardCelsius = report.boardCelsius ?? boardCelsius
        watts = report.watts ?? watts
        loadPercent = report.loadPercent ?? loadPercent
        memoryUsed = report.memoryUsed ?? memoryUsed
    }
}
