import Testing

@testable import Telemetry

struct MetricTotalsTests {
    /// What every process declares.
    private struct Declared {
        let metrics = Metrics()
        let images: Counter
        let seconds: Histogram

        init() {
            images = metrics.counter("images_total", "Images.", labels: ["outcome"])
            seconds = metrics.histogram("launch_seconds", "Times.", bounds: [0.5, 2])
            metrics.gauge("fill", "Fill.").set(1)
        }
    }

    @Test("what several processes came to adds up, a restart included, and what is told twice counts once")
    func sums() {
        let sum = Declared()
        let (first, second) = (Declared(), Declared())
        first.images.add(2, "counted")
        first.seconds.observe(0.25)
        let before = first.metrics.totals
        sum.metrics.add(before, since: MetricTotals())
        first.images.add(3, "counted")
        first.images.add(1, "failed")
        first.seconds.observe(4)
        sum.metrics.add(first.metrics.totals, since: before)
        sum.metrics.add(first.metrics.totals, since: first.metrics.totals)
        second.images.add(10, "counted")
        second.seconds.observe(1)
        sum.metrics.add(second.metrics.totals, since: MetricTotals())

        let expected = Declared()
        expected.images.add(15, "counted")
        expected.images.add(1, "failed")
        for time in [0.25, 1, 4] { expected.seconds.observe(time) }
        #expect(sum.metrics.text == expected.metrics.text)
    }

    @Test("what another version tells, and what shrank, is left out")
    func foreign() {
        let sum = Declared()
        let text = sum.metrics.text
        let other = Metrics()
        other.counter("unknown_total", "Unknown.").add()
        other.counter("images_total", "Images.", labels: ["outcome", "host"]).add(1, "counted", "a")
        other.histogram("launch_seconds", "Times.", bounds: [1]).observe(1)
        sum.metrics.add(other.totals, since: MetricTotals())
        let larger = Declared()
        larger.images.add(5, "counted")
        let smaller = Declared()
        smaller.images.add(4, "counted")
        sum.metrics.add(smaller.metrics.totals, since: larger.metrics.totals)
        #expect(sum.metrics.text == text)
    }

    @Test("what no process can have come to is left out, and ends nobody", arguments: [1e300, 9e18, 9e15])
    func incredible(_ number: Double) {
        let sum = Declared()
        let text = sum.metrics.text
        let broken = Declared()
        broken.seconds.observe(1)
        var totals = broken.metrics.totals
        for (name, series) in totals.series {
            totals.series[name] = series.map {
                MetricTotals.Series(labels: $0.labels, numbers: $0.numbers.map { _ in number })
            }
        }
        sum.metrics.add(totals, since: MetricTotals())
        #expect(sum.metrics.text == text)
    }
}
