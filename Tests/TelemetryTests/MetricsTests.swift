import Testing

@testable import Telemetry

struct MetricsTests {
    @Test("the text is Prometheus' own, in the order of declaration")
    func text() {
        let metrics = Metrics()
        let images = metrics.counter("images_total", "Images\nby outcome.", labels: ["outcome"])
        let fill = metrics.gauge("lane_fill_ratio", "Lanes with a tile.")
        let steps = metrics.histogram("step_seconds", "Times.", labels: ["step"], bounds: [0.1, 1])
        metrics.measured("pictures", "Pictures in a step.", labels: ["step"]) { [(["fetch"], 3), (["decode"], 1)] }
        images.add(2, "counted")
        images.add(1, #"with "quotes" and \"#)
        fill.set(0.5)
        steps.observe(0.1, "fetch")
        steps.observe(0.25, "fetch")
        steps.observe(5, "fetch")
        #expect(
            metrics.text == #"""
                # HELP images_total Images\nby outcome.
                # TYPE images_total counter
                images_total{outcome="counted"} 2
                images_total{outcome="with \"quotes\" and \\"} 1
                # HELP lane_fill_ratio Lanes with a tile.
                # TYPE lane_fill_ratio gauge
                lane_fill_ratio 0.5
                # HELP step_seconds Times.
                # TYPE step_seconds histogram
                step_seconds_bucket{step="fetch",le="0.1"} 1
                step_seconds_bucket{step="fetch",le="1"} 2
                step_seconds_bucket{step="fetch",le="+Inf"} 3
                step_seconds_sum{step="fetch"} 5.35
                step_seconds_count{step="fetch"} 3
                # HELP pictures Pictures in a step.
                # TYPE pictures gauge
                pictures{step="fetch"} 3
                pictures{step="decode"} 1

                """#)
    }

    @Test("a metric without labels is there from the start, one with labels when it is first changed")
    func initialSeries() {
        let metrics = Metrics()
        let plain = metrics.counter("plain_total", "Plain.")
        _ = metrics.counter("labelled_total", "Labelled.", labels: ["class"])
        #expect(
            metrics.text == """
                # HELP plain_total Plain.
                # TYPE plain_total counter
                plain_total 0
                # HELP labelled_total Labelled.
                # TYPE labelled_total counter

                """)
        plain.add()
        #expect(plain.value() == 1)
    }

    @Test("values of labels that never end do not fill the memory")
    func boundedLabels() {
        let metrics = Metrics()
        let hosts = metrics.counter("requests_total", "Requests.", labels: ["host"])
        for number in 0..<1000 { hosts.add(1, "host \(number)") }
        for _ in 0..<5 { hosts.add(1, "host 7") }
        #expect(metrics.text.split(separator: "\n").count == SeriesTable<Double>.limit + 3)
        #expect(hosts.value("other") == Double(1000 - SeriesTable<Double>.limit))
        #expect(hosts.value("host 7") == 6)
    }

    @Test("many threads at once lose nothing")
    func concurrency() async {
        let metrics = Metrics()
        let counter = metrics.counter("things_total", "Things.", labels: ["kind"])
        let histogram = metrics.histogram("size_bytes", "Sizes.", bounds: [10])
        await withTaskGroup { group in
            for number in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.add(1, number.isMultiple(of: 2) ? "even" : "odd")
                        histogram.observe(Double(number))
                    }
                }
            }
        }
        #expect(counter.value("even") == 4000)
        #expect(counter.value("odd") == 4000)
        let mean = histogram.mean()
        #expect(mean?.count == 8000)
        #expect(mean?.mean == 3.5)
    }

    @Test(
        "numbers are written as Prometheus reads them",
        arguments: [
            (0.0, "0"), (-3, "-3"), (0.25, "0.25"), (1e300, "1e+300"), (1e-7, "1e-07"), (.infinity, "+Inf"),
            (.nan, "NaN"),
        ])
    func numbers(_ value: Double, _ written: String) {
        let metrics = Metrics()
        metrics.gauge("number", "A number.").set(value)
        #expect(metrics.text.split(separator: "\n").last == "number \(written)")
    }

    @Test("the process tells of itself by the usual names")
    func process() throws {
        let metrics = Metrics()
        metrics.declareProcess()
        let text = metrics.text
        for name in [
            "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds",
            "process_start_time_seconds",
        ] {
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name + " ") })
            #expect(Double(line.split(separator: " ")[1]).map { $0 > 0 } == true)
        }
        #expect(ProcessUsage.peakResidentBytes >= (ProcessUsage.residentBytes ?? 0) / 2)
    }
}
