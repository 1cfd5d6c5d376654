import CSophon
import Density
import FakeSophon
import Testing

@testable import Inference

/// The engine over calls that fail, throw, and answer as older and healthier releases than the simulator do.
struct BM1684FaultTests {
    private let tiles = TinyNetwork.tiles(1..<5)

    private func library(stageStride: Int = 32, count: @escaping sophon_count_call = fake_count) -> SophonLibrary {
        let telemetry = SophonTelemetryCalls(
            statistics: fake_statistics, chipTemperature: fake_unsigned, boardTemperature: fake_unsigned,
            chipPower: fake_real, boardPower: fake_unsigned, clock: fake_number, status: fake_number,
            serial: fake_text, boardName: fake_text, boardNumber: fake_unsigned, driverVersion: fake_number,
            correctedErrors: fake_wide)
        return SophonLibrary(
            folder: "/fake", isSimulator: false, version: "fake",
            device: SophonDeviceCalls(
                count: count, request: fake_request, release: fake_release, chip: fake_chip,
                allocate: fake_allocate, free: fake_free, copyIn: fake_copy_in, copyOut: fake_copy_out,
                sync: fake_sync, telemetry: telemetry),
            runtime: SophonRuntimeCalls(
                create: fake_create, destroy: fake_destroy, load: fake_load, networkCount: fake_network_count,
                networkNames: fake_network_names, network: fake_network, inputStoreMode: fake_input_store_mode,
                outputStoreMode: fake_output_store_mode, launch: fake_launch, stageStride: stageStride))
    }

    /// Opens device `index`, set as `change` says, runs `body`, closes, and checks that nothing is left.
    private func run(
        _ index: Int32, batches: [Int] = [1, 4], change: (inout fake_device) -> Void = { _ in },
        _ body: (BM1684Engine) async throws -> Void
    ) async throws {
        fake_sophon_reset(index)
        let device = try #require(fake_sophon_device(index))
        change(&device.pointee)
        let engine = try await BM1684Engine(
            TinyNetwork.description("int8", batches: batches),
            library: library(stageStride: Int(device.pointee.stage_stride)), card: Int(index))
        do {
            try await body(engine)
        } catch {
            await engine.close()
            throw error
        }
        await engine.close()
        expectNothingLeft(index)
    }

    private func expectNothingLeft(_ index: Int32) {
        let left = fake_sophon_device(index).pointee
        #expect(left.buffers == 0 && left.runtimes == 0 && left.handles == 0)
        #expect(left.strangers == 0, "calls came from more than one thread")
    }

    /// The line with which the engine refuses device `index`, set as `change` says.
    private func refusal(_ index: Int32, change: (inout fake_device) -> Void) async throws -> String {
        do {
            try await run(index, change: change) { _ in }
        } catch let error as InferenceError {
            expectNothingLeft(index)
            return error.description
        }
        return "not refused"
    }

    @Test("Every lane comes back in its own map, whatever the layouts", arguments: [(0, 0), (3, 0), (3, 2)], [0, 2])
    func lanesComeBack(output: (type: Int32, mode: Int32), inputMode: Int32) async throws {
        let tables = Quantisation(TinyNetwork.preprocessing, inputScale: 1).tables
        let expected = tiles.map { tile in
            (0..<12).flatMap { row in
                (0..<16).map { column in
                    let step = tables[Int(tile.picture.pixels[tile.offset(ofRow: row * 4) + column * 4 * 3])]
                    return output.type == 0 ? Float(step) : Float(UInt8(bitPattern: step))
                }
            }
        }
        try await run(20 + output.type + output.mode + inputMode * 3) {
            $0.input.store_mode = inputMode
            $0.output = fake_tensor(type: output.type, store_mode: output.mode, scale: 1)
        } _: { engine in
            // Four together, and one by one.
            for count in [4, 1] {
                let maps = try await engine.densities(of: Array(tiles[..<count]))
                #expect(maps.map(\.cells) == Array(expected[..<count]))
            }
        }
    }

    @Test("Both layouts of a stage are read, and the stage of the file's shape is found", arguments: [16, 32], [0, 2])
    func stageLayoutsAreRead(stride: Int32, before: Int32) async throws {
        try await run(30 + stride / 16 * 4 + before) {
            $0.stage_stride = stride
            $0.stages_before = before
        } _: { engine in
            let maps = try await engine.densities(of: tiles)
            #expect(maps.count == 4)
        }
    }

    @Test("A sync that fails is the device's failure, for that batch and all that follow")
    func failedSyncIsTheDevicesFailure() async throws {
        try await run(2, batches: [4]) {
            $0.sync_status = 3
            $0.sync_fails_from = 1
        } _: { engine in
            let maps = try await engine.densities(of: tiles)
            #expect(maps.count == 4)
            let lost = InferenceError.deviceFailed(
                device: "bm1684:2", reason: "waiting for a batch: the device did not answer in time")
            for _ in 0..<2 { await #expect(throws: lost) { try await engine.densities(of: tiles) } }
            #expect(fake_sophon_device(2).pointee.launches == 2, "nothing is launched on a device that failed")
        }
    }

    @Test("A copy that fails is the device's failure")
    func failedCopyIsTheDevicesFailure() async throws {
        try await run(3, change: { $0.copy_out_status = 2 }) { engine in
            await #expect(throws: InferenceError.self) { try await engine.densities(of: tiles) }
        }
    }

    @Test("A launch that is refused is the device's failure")
    func refusedLaunchIsTheDevicesFailure() async throws {
        try await run(4, change: { $0.launch_refused = true }) { engine in
            await #expect(
                throws: InferenceError.deviceFailed(
                    device: "bm1684:4", reason: "launching a batch: the runtime refused it")
            ) { try await engine.densities(of: tiles) }
        }
    }

    @Test("What the runtime throws at a launch is caught and told")
    func exceptionOfALaunchIsTold() async throws {
        try await run(5, change: { $0.launch_throws = true }) { engine in
            await #expect(
                throws: InferenceError.deviceFailed(
                    device: "bm1684:5", reason: "launching a batch: launch threw this")
            ) { try await engine.densities(of: tiles) }
        }
    }

    @Test("What the runtime throws at a sync is caught, a message or none")
    func exceptionOfASyncIsTold() async throws {
        try await run(6, change: { $0.sync_throws = true }) { engine in
            await #expect(
                throws: InferenceError.deviceFailed(device: "bm1684:6", reason: "waiting for a batch: sync threw this")
            ) { try await engine.densities(of: tiles) }
        }
        try await run(6, change: { ($0.sync_throws, $0.throws_number) = (true, true) }) { engine in
            await #expect(
                throws: InferenceError.deviceFailed(
                    device: "bm1684:6", reason: "waiting for a batch: an exception without a message")
            ) { try await engine.densities(of: tiles) }
        }
    }

    @Test("What the runtime throws at a load is caught and told, and nothing is left behind")
    func exceptionOfALoadIsTold() async throws {
        #expect(try await refusal(7) { $0.load_throws = true }.contains("load threw this"))
    }

    @Test("Cards that cannot be used are refused with the reason")
    func unusableCardsAreRefused() async throws {
        #expect(try await refusal(8) { $0.chip = 0x1686 }.contains("chip 0x1686"))
        #expect(try await refusal(8) { $0.request_status = 7 }.contains("busy"))
    }

    @Test("Networks that are not understood are refused with what was found and what is needed")
    func unknownNetworksAreRefused() async throws {
        #expect(try await refusal(9) { $0.is_dynamic = true }.contains("a dynamic network"))
        #expect(try await refusal(9) { $0.input_count = 2 }.contains("2 inputs"))
        #expect(try await refusal(9) { $0.output_count = 3 }.contains("3 outputs"))
        #expect(try await refusal(9) { $0.input.type = 3 }.contains("an input of uint8"))
        #expect(try await refusal(9) { $0.input.type = 4 }.contains("type 4"))
        #expect(try await refusal(9) { $0.output.type = 6 }.contains("type 6"))
        #expect(try await refusal(9) { $0.input.store_mode = 1 }.contains("store mode 1"))
        #expect(try await refusal(9) { $0.input.scale = 0 }.contains("the scale 0"))
        #expect(try await refusal(9) { $0.input.scale = .nan }.contains("the scale nan"))
    }

    @Test("What a card measures is told; a sensor that fails or is not there is absent")
    func telemetryIsTold() async throws {
        try await run(45) { engine in
            let health = try await engine.health()
            #expect(health.memoryTotal == 7168 << 20 && health.memoryUsed == 512 << 20)
            #expect(health.utilisation == 37 && health.chipTemperature == 41 && health.chipPower == 12.5)
            #expect(health.correctedErrors == 3 && health.troubles?.contains(.hang) == true)
        }
        try await run(45, change: { $0.sensor_absent = true }) { engine in
            let health = try await engine.health()
            #expect(health.chipTemperature == nil && health.boardPower == nil && health.chipPower == 12.5)
        }
        try await run(45, change: { $0.telemetry_status = 9 }) { engine in
            let health = try await engine.health()
            #expect(health == CardHealth())
        }
    }

    @Test("The inventory names every card, and why one cannot be used")
    func inventoryNamesCards() throws {
        for index in 0..<Int32(2) { fake_sophon_reset(index) }
        fake_sophon_device(1).pointee.request_status = 1
        let cards = try SophonInventory(library(count: fake_count_two)).cards()
        #expect(cards.map(\.device) == ["bm1684:0", "bm1684:1"])
        #expect(cards[0].serial == "HQATEVBAIAIAI0001" && cards[0].driver == "0.5.1" && cards[0].problem == nil)
        #expect(cards[1].problem?.contains("not ready") == true && cards[1].serial == nil)
        #expect(fake_sophon_device(0).pointee.handles == 0)
    }
}
