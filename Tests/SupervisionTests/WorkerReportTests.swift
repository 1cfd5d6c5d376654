import Supervision
import Telemetry
import Testing

@Suite struct WorkerReportTests {
    @Test("what a report says survives its message")
    func roundTrip() throws {
        var report = WorkerReport()
        report.counted = 12
        report.stuckMilliseconds = 7000
        report.network = "crowd \"1\""
        report.watts = 12.5
        report.troubles = 5
        let metrics = Metrics()
        metrics.counter("images_total", "Images.", labels: ["outcome"]).add(3, "counted \"so\"")
        report.totals = metrics.totals
        report.failure = .device(reason: "sync failed")
        #expect(try WorkerReport(message: report.message) == report)
        #expect(try WorkerReport(message: WorkerReport().message) == WorkerReport())
    }

    @Test("a message that is none is an error")
    func garbage() {
        #expect(throws: (any Error).self) { try WorkerReport(message: Array("{".utf8)) }
    }
}
