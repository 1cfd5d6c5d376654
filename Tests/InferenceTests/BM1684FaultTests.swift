import CSophon
import Density
import FakeSophon
import Glibc
import TestSupport
import Testing

@testable import Inference

/// The engine over calls that fail, throw, and answer as older and healthier releases than the simulator do.
struct BM1684FaultTests {
    private let tiles = TinyNetwork.tiles(1..<5)

    /// The line with which the engine refuses device `index`, set as `change` says.
    private func refusal(
        _ index: Int32, network: NetworkDescription = TinyNetwork.description("int8"),
        change: (inout fake_device) -> Void
    ) async throws -> String {
        do {
            try await FakeCard.run(index, network: network, change: change) { _ in }
        } catch let error as InferenceError {
            FakeCard.expectNothingLeft(index)
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
        try await FakeCard.run(20 + output.type + output.mode + inputMode * 3) {
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
        try await FakeCard.run(30 + stride / 16 * 4 + before) {
            $0.stage_stride = stride
            $0.stages_before = before
        } _: { engine in
            let maps = try await engine.densities(of: tiles)
            #expect(maps.count == 4)
        }
    }

    @Test(
        "The file that needs the most work memory is loaded first, whether for one tile or for four",
        arguments: [("Deploy/models/crowd/crowd-int8", 1), ("Deploy/models/crowd/crowd-mixed", 4)])
    func filesAreLoadedByNeed(name: String, first: Int32) async throws {
        let device = 18 + first / 4
        let files = [1, 4].map { batch in
            NetworkDescription.File(path: Checkout.root + "/\(name)-b\(batch).bmodel", batch: batch)
        }
        for files in [files, files.reversed()] {
            try await FakeCard.run(device, network: TinyNetwork.description(files: files)) { _ in
                #expect(fake_sophon_device(device).pointee.first_batch == first)
            }
        }
    }

    @Test("A sync that fails is the device's failure, for that batch and all that follow")
    func failedSyncIsTheDevicesFailure() async throws {
        try await FakeCard.run(2, network: TinyNetwork.description("int8", batches: [4])) {
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
        try await FakeCard.run(3, change: { $0.copy_out_status = 2 }) { engine in
            await #expect(throws: InferenceError.self) { try await engine.densities(of: tiles) }
        }
    }

    @Test("A copy in that fails is the device's failure, and nothing is launched")
    func failedCopyInIsTheDevicesFailure() async throws {
        try await FakeCard.run(13, change: { $0.copy_in_status = 2 }) { engine in
            await #expect(throws: InferenceError.self) { try await engine.densities(of: tiles) }
            #expect(fake_sophon_device(13).pointee.launches == 0)
        }
    }

    @Test("A card without memory for a tensor is told of, and nothing is left behind", arguments: 1...4)
    func missingMemoryIsTold(allocation: Int) async throws {
        let line = try await refusal(54 + Int32(allocation)) { $0.allocation_fails_from = Int32(allocation) }
        #expect(line.contains("no memory for"), "\(line)")
    }

    @Test("A runtime that is not made is told of, thrown or refused, and nothing is left behind")
    func missingRuntimeIsTold() async throws {
        #expect(try await refusal(15) { $0.create_refused = true }.contains("no runtime could be made"))
        #expect(try await refusal(15) { $0.create_throws = true }.contains("create threw this"))
    }

    @Test("Telemetry that throws is absent, and the card goes on")
    func throwingTelemetryIsAbsent() async throws {
        try await FakeCard.run(16, change: { $0.telemetry_throws = true }) { engine in
            let health = try await engine.health()
            #expect(health == CardHealth())
            #expect(try await engine.densities(of: tiles).count == 4)
        }
    }

    @Test("A launch that is refused is the device's failure")
    func refusedLaunchIsTheDevicesFailure() async throws {
        try await FakeCard.run(4, change: { $0.launch_refused = true }) { engine in
            await #expect(
                throws: InferenceError.deviceFailed(
                    device: "bm1684:4", reason: "launching a batch: the runtime refused it")
            ) { try await engine.densities(of: tiles) }
        }
    }

    @Test("What the runtime throws at a launch is caught and told")
    func exceptionOfALaunchIsTold() async throws {
        try await FakeCard.run(5, change: { $0.launch_throws = true }) { engine in
            await #expect(
                throws: InferenceError.deviceFailed(
                    device: "bm1684:5", reason: "launching a batch: launch threw this")
            ) { try await engine.densities(of: tiles) }
        }
    }

    @Test("What the runtime throws at a sync is caught, a message or none")
    func exceptionOfASyncIsTold() async throws {
        try await FakeCard.run(6, change: { $0.sync_throws = true }) { engine in
            await #expect(
                throws: InferenceError.deviceFailed(device: "bm1684:6", reason: "waiting for a batch: sync threw this")
            ) { try await engine.densities(of: tiles) }
        }
        try await FakeCard.run(6, change: { ($0.sync_throws, $0.throws_number) = (true, true) }) { engine in
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

    @Test("A file that is not loaded is the file's fault where the card is well and has room")
    func refusedFileIsTheFilesFault() async throws {
        let line = try await refusal(14) { $0.load_refused = true }
        #expect(line.hasPrefix("bmrt_load_bmodel failed for model tiny"), "\(line)")
    }

    @Test("A file that is not loaded is the card's fault where the card is full, dead or in trouble, thrown or refused")
    func cardsFaultAtALoadIsTold() async throws {
        let faults: [(String, (inout fake_device) -> Void)] = [
            ("no memory for 64 bytes: the device is out of memory", { $0.allocation_fails_from = 1 }),
            ("no memory for 24576 bytes: the device is out of memory", { $0.allocation_fails_from = 2 }),
            ("no memory for 176128 bytes: the device is out of memory", { $0.allocation_fails_from = 4 }),
            ("copying the input in: the device is busy", { $0.copy_in_status = 7 }),
            ("copying the output out: the device did not answer in time", { $0.copy_out_status = 3 }),
            ("it does not give back what is copied to it", { $0.copies_ones = true }),
            ("it hangs", { $0.troubles = 1 }),
            ("it has lost its link", { $0.troubles = 2 }),
        ]
        for (words, change) in faults {
            for call in [\fake_device.load_refused, \.load_throws] {
                let line = try await refusal(17) { device in
                    change(&device)
                    device[keyPath: call] = true
                }
                #expect(line.hasPrefix("device bm1684:17 failed: \(words)"), "\(line)")
            }
        }
    }

    @Test("A file that takes more than the whole card has is refused with both numbers")
    func tooLargeFileIsRefused() async throws {
        let path = Checkout.root + "/Deploy/models/crowd/crowd-int8-b4.bmodel"
        let line = try await refusal(52, network: TinyNetwork.description(files: [.init(path: path, batch: 4)])) {
            $0.load_refused = true
            $0.memory = 25
        }
        let bytes = try BM1684ModelFile(path: path, model: "crowd").memory.total
        #expect(line.contains("\(bytes) bytes for the card's memory, needed is at most \(25 << 20)"), "\(line)")
    }

    @Test("What the runtime throws while it describes a network is caught and told, and nothing is left behind")
    func exceptionOfAnInspectionIsTold() async throws {
        #expect(try await refusal(10) { $0.inspection_throws = true }.contains("output_store_mode threw this"))
    }

    @Test("What the runtime throws while it gives memory back ends the process by SIGABRT, for a supervisor to see")
    func exceptionOfADestructionAborts() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            try await FakeCard.run(11, change: { $0.destroy_throws = true }) { _ in }
        }
    }

    @Test("Cards that cannot be used are refused with the reason")
    func unusableCardsAreRefused() async throws {
        #expect(try await refusal(8) { $0.chip = 0x1686 }.contains("chip 0x1686"))
        #expect(try await refusal(8) { $0.request_status = 7 }.contains("busy"))
    }

    @Test("A card is told how long a batch may take, where its release can be told")
    func timeLimitIsTold() async throws {
        var options = BM1684Options()
        options.batchTimeout = .seconds(2.5)
        for status in [Int32(0), 8, 9] {
            try await FakeCard.run(12, options: options, change: { $0.timeout_status = status }) { _ in
                #expect(fake_sophon_device(12).pointee.timeout == 2500)
            }
        }
        await #expect(throws: InferenceError.self) {
            try await FakeCard.run(12, options: options, change: { $0.timeout_status = 4 }) { _ in }
        }
        FakeCard.expectNothingLeft(12)
    }

    @Test("Networks that are not understood are refused with what was found and what is needed")
    func unknownNetworksAreRefused() async throws {
        #expect(try await refusal(9) { $0.is_dynamic = true }.contains("a dynamic network"))
        #expect(try await refusal(9) { $0.input_count = 2 }.contains("2 inputs"))
        #expect(try await refusal(9) { $0.output_count = 3 }.contains("3 outputs"))
        #expect(try await refusal(9) { $0.network_count = 0 }.contains("0 networks"))
        #expect(try await refusal(9) { $0.network_count = 2 }.contains("2 networks"))
        for missing in [\fake_device.lacks_types, \.lacks_shapes, \.lacks_stages] {
            let line = try await refusal(9) { $0[keyPath: missing] = true }
            #expect(line.contains("does not describe whole"), "\(line)")
        }
        #expect(try await refusal(9) { $0.input.type = 3 }.contains("an input of uint8"))
        #expect(try await refusal(9) { $0.input.type = 4 }.contains("type 4"))
        #expect(try await refusal(9) { $0.output.type = 6 }.contains("type 6"))
        #expect(try await refusal(9) { $0.input.store_mode = 1 }.contains("store mode 1"))
        #expect(try await refusal(9) { $0.input.scale = 0 }.contains("the scale 0"))
        #expect(try await refusal(9) { $0.input.scale = .nan }.contains("the scale nan"))
    }

    @Test("What a card measures is told; a sensor that fails or is not there is absent")
    func telemetryIsTold() async throws {
        try await FakeCard.run(45, change: { $0.troubles = 1 }) { engine in
            let health = try await engine.health()
            #expect(health.memoryTotal == 7168 << 20 && health.memoryUsed == 512 << 20)
            #expect(health.utilisation == 37 && health.chipTemperature == 41 && health.chipPower == 12.5)
            #expect(health.correctedErrors == 3 && health.troubles?.contains(.hang) == true)
        }
        try await FakeCard.run(45, change: { $0.sensor_absent = true }) { engine in
            let health = try await engine.health()
            #expect(health.chipTemperature == nil && health.boardPower == nil && health.chipPower == 12.5)
        }
        try await FakeCard.run(45, change: { $0.telemetry_status = 9 }) { engine in
            let health = try await engine.health()
            #expect(health == CardHealth())
        }
    }

    @Test("The inventory names every card, and why one cannot be used")
    func inventoryNamesCards() throws {
        for index in 0..<Int32(2) { fake_sophon_reset(index) }
        fake_sophon_device(1).pointee.request_status = 1
        let cards = try SophonInventory(FakeCard.library(count: fake_count_two)).cards()
        #expect(cards.map(\.device) == ["bm1684:0", "bm1684:1"])
        #expect(cards[0].serial == "HQATEVBAIAIAI0001" && cards[0].driver == "0.5.1" && cards[0].problem == nil)
        #expect(cards[1].problem?.contains("not ready") == true && cards[1].serial == nil)
        #expect(fake_sophon_device(0).pointee.handles == 0)
    }
}
