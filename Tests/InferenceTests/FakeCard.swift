import CSophon
import FakeSophon
import Testing

@testable import Inference

/// The engine over the fake of the vendor's libraries; every test takes a device number of its own.
enum FakeCard {
    /// The fake as libraries.
    static func library(stageStride: Int = 32, count: @escaping sophon_count_call = fake_count) -> SophonLibrary {
        let telemetry = SophonTelemetryCalls(
            statistics: fake_statistics, chipTemperature: fake_unsigned, boardTemperature: fake_unsigned,
            chipPower: fake_real, boardPower: fake_unsigned, clock: fake_number, status: fake_troubles,
            serial: fake_text, boardName: fake_text, boardNumber: fake_unsigned, driverVersion: fake_number,
            correctedErrors: fake_wide)
        return SophonLibrary(
            folder: "/fake", isSimulator: false, version: "fake",
            device: SophonDeviceCalls(
                count: count, request: fake_request, release: fake_release, chip: fake_chip,
                allocate: fake_allocate, free: fake_free, copyIn: fake_copy_in, copyOut: fake_copy_out,
                sync: fake_sync, syncTimeout: fake_sync_timeout, telemetry: telemetry),
            runtime: SophonRuntimeCalls(
                create: fake_create, destroy: fake_destroy, load: fake_load, networkCount: fake_network_count,
                networkNames: fake_network_names, network: fake_network, inputStoreMode: fake_input_store_mode,
                outputStoreMode: fake_output_store_mode, launch: fake_launch, stageStride: stageStride))
    }

    /// Opens device `index` with `network`, set as `change` says, runs `body`, closes, and checks that nothing is left.
    static func run(
        _ index: Int32, network: NetworkDescription = TinyNetwork.description("int8"),
        options: BM1684Options = BM1684Options(),
        change: (inout fake_device) -> Void = { _ in },
        _ body: (BM1684Engine) async throws -> Void
    ) async throws {
        fake_sophon_reset(index)
        let device = try #require(fake_sophon_device(index))
        change(&device.pointee)
        let engine = try await BM1684Engine(
            network, library: library(stageStride: Int(device.pointee.stage_stride)), card: Int(index),
            options: options)
        do {
            try await body(engine)
        } catch {
            await engine.close()
            throw error
        }
        await engine.close()
        expectNothingLeft(index)
    }

    /// Checks that device `index` has all its memory back, and was called on one thread.
    static func expectNothingLeft(_ index: Int32) {
        let left = fake_sophon_device(index).pointee
        #expect(left.buffers == 0 && left.runtimes == 0 && left.handles == 0)
        #expect(left.strangers == 0, "calls came from more than one thread")
    }
}
