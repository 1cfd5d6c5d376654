import Concurrency
import Testing

@testable import Worker

@Suite struct PipelineTests {
    @Test("what is set aside for a picture follows what pictures usually have, not the one that is huge")
    func usualBytes() {
        let pipeline = Pipeline(WorkerSettings(cores: 2, machineMemory: 1 << 30))
        #expect(pipeline.reserve == 4 << 20)
        for _ in 0..<100 { pipeline.noteBytes(500_000) }
        #expect(pipeline.reserve == 2_000_000)
        pipeline.noteBytes(60_000_000)
        #expect(pipeline.reserve < 8_000_000)
        for _ in 0..<400 { pipeline.noteBytes(500_000) }
        #expect((2_000_000..<2_200_000).contains(pipeline.reserve))
        for _ in 0..<1000 { pipeline.noteBytes(1000) }
        #expect(pipeline.reserve == 1 << 20)
    }

    @Test("what pictures may take and what decoders keep between them is the memory that was given, and no more")
    func memory() {
        var settings = WorkerSettings(cores: 2, machineMemory: 4 << 20)
        settings.memory = 64 << 20
        settings.keptByDecoders = 8 << 20
        let pipeline = Pipeline(settings)
        #expect(pipeline.fetched.limit + pipeline.decoded.limit + settings.keptByDecoders == settings.memory)
    }
}
