import Testing

@testable import Worker

struct PipelineTuningTests {
    private func widths(
        _ measured: PipelineTuning.Measured, cores: Int = 4, _ change: (inout WorkerSettings) -> Void = { _ in }
    ) -> PipelineTuning.Widths {
        var settings = WorkerSettings(cores: cores, machineMemory: 1 << 30)
        change(&settings)
        return PipelineTuning(settings).widths(for: measured)
    }

    @Test("before anything is measured, enough is under way to measure it")
    func unmeasured() {
        #expect(widths(.init()) == .init(images: 20, fetches: 8, decodes: 4, decoded: 4 + 8))
    }

    @Test("as much is fetched and decoded at once as keeps the device busy, twice over")
    func measured() {
        // 18 images a second: 9 fetches of half a second, 0.45 decodes of 25 ms.
        let card = widths(.init(fetch: 0.5, decode: 0.025, capacity: 18, launch: 1, filling: 1, launchesAtOnce: 3))
        #expect(card == .init(images: 21 + 9, fetches: 20, decodes: 2, decoded: 2 + 4))
        // A slow network on a processor needs little of either, and what is under way cannot be left to others.
        let processor = widths(
            .init(fetch: 0.1, decode: 0.025, capacity: 0.5, launch: 1, filling: 1, launchesAtOnce: 2))
        #expect(processor == .init(images: 3 + 3, fetches: 4, decodes: 2, decoded: 2 + 3))
        // Of small pictures a launch takes four.
        let small = widths(.init(fetch: 0.01, decode: 0.005, capacity: 2, launch: 4, filling: 4, launchesAtOnce: 2))
        #expect(small == .init(images: 3 + 12, fetches: 4, decodes: 2, decoded: 2 + 12))
    }

    @Test("enough pictures are decoded for every stream of a device, and for full launches where most have one tile")
    func decoded() {
        let streams = widths(.init(fetch: 0.1, decode: 0.025, capacity: 5, launch: 1, filling: 1, launchesAtOnce: 17))
        #expect(streams.decoded == streams.decodes + 18)
        let mixed = widths(.init(fetch: 0.1, decode: 0.025, capacity: 5, launch: 1, filling: 3.7, launchesAtOnce: 3))
        #expect(mixed.decoded == mixed.decodes + 15)
    }

    @Test("a slow server or a fast device takes no more than the limits")
    func bounded() {
        let wide = widths(.init(fetch: 60, decode: 2, capacity: 1000, launch: 4, filling: 4, launchesAtOnce: 2))
        #expect(wide == .init(images: 64 + 4 + 256, fetches: 64, decodes: 4, decoded: 4 + 12))
    }

    @Test("what people set stays, and the rest follows from it")
    func fixed() {
        let measured = PipelineTuning.Measured(
            fetch: 0.5, decode: 0.025, capacity: 18, launch: 1, filling: 1, launchesAtOnce: 2)
        let some = widths(measured) {
            $0.fetchesInFlight = 100
            $0.decodesInFlight = 1
        }
        #expect(some == .init(images: 30, fetches: 100, decodes: 1, decoded: 1 + 3))
        let all = widths(measured) { $0.imagesInFlight = 2 }
        #expect(all.images == 2)
    }

    @Test("a fading mean follows what it is fed")
    func fadingMean() throws {
        var mean = FadingMean()
        #expect(mean.value == nil)
        mean.add(2)
        mean.add(4)
        #expect(mean.value == 3)
        for _ in 0..<1000 { mean.add(10) }
        let value = try #require(mean.value)
        #expect(value > 9.99)
    }
}
