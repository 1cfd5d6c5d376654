import CSophon
import Glibc

/// One compiled file, loaded on a device with the buffers of its tensors.
///
/// Not `Sendable`: the runtime takes no lock and belongs to the thread of its device. Every file has a runtime of its
/// own, since two files of one network name the network alike.
final class SophonModel {
    /// What the file says of itself.
    let network: BM1684Network

    private let device: SophonDevice
    private let calls: SophonRuntimeCalls
    private let runtime: sophon_runtime
    private let name: String
    private let input: sophon_memory
    private let output: sophon_memory

    /// - Parameters:
    ///   - entry: a file for this chip.
    ///   - plainInput: hands tiles over one after the other where the file was compiled for four lanes: the device then
    ///     reorders them at every launch.
    /// - Throws: `InferenceError.modelRefused`, `.callFailed`, `.deviceFailed`.
    init(
        _ entry: BM1684Files.Entry, of description: NetworkDescription,
        on device: SophonDevice, library: SophonLibrary, plainInput: Bool
    ) throws(InferenceError) {
        let file = entry.file
        let model = "\(description.name) (\(file.path))"
        let calls = library.runtime
        let runtime = try Self.load(entry, model: model, on: device, calls)
        do throws(InferenceError) {
            let inspection = try SophonInspection(of: runtime, calls, model: model)
            let network = try BM1684Network(
                inspection, file: file, of: description, model: model, plainInput: plainInput)
            let input = try device.allocate(network.input.bufferBytes)
            do throws(InferenceError) {
                output = try device.allocate(network.output.bufferBytes)
            } catch {
                device.free(input)
                throw error
            }
            self.input = input
            self.network = network
            name = inspection.name
        } catch {
            calls.destroy(runtime)
            throw error
        }
        self.device = device
        self.calls = calls
        self.runtime = runtime
    }

    deinit {
        device.free(output)
        device.free(input)
        calls.destroy(runtime)
    }

    /// Copies a batch in, computes it, and copies its result out, all on the calling thread.
    ///
    /// - Parameters:
    ///   - source: `network.input.byteCount` bytes or more.
    ///   - target: the same of `network.output`.
    /// - Throws: `InferenceError.deviceFailed`: what a device that failed leaves in its memory is never handed out.
    func run(
        from source: UnsafeMutableRawBufferPointer, to target: UnsafeMutableRawBufferPointer
    ) throws(InferenceError) {
        try device.copyIn(UnsafeMutableRawBufferPointer(rebasing: source[..<network.input.byteCount]), to: input)
        let given = network.input.tensor(in: input)
        let wanted = network.output.tensor(in: output)
        var answered = wanted
        var thrown = sophon_exception()
        let launched = withUnsafePointer(to: given) {
            sophon_launch(calls.launch, runtime, name, $0, &answered, &thrown)
        }
        guard launched else {
            let reason = thrown.words.isEmpty ? "the runtime refused it" : thrown.words
            throw .deviceFailed(device: device.name, reason: "launching a batch: \(reason)")
        }
        try device.synchronise()
        guard answered.type == wanted.type, answered.store_mode == wanted.store_mode else {
            throw .deviceFailed(device: device.name, reason: "a batch came back in another form than was asked for")
        }
        try device.copyOut(output, to: UnsafeMutableRawBufferPointer(rebasing: target[..<network.output.byteCount]))
    }

    private static func load(
        _ entry: BM1684Files.Entry, model: String, on device: SophonDevice, _ calls: SophonRuntimeCalls
    ) throws(InferenceError) -> sophon_runtime {
        var thrown = sophon_exception()
        guard let runtime = device.withHandle({ sophon_create(calls.create, $0, &thrown) }) else {
            throw .deviceFailed(device: device.name, reason: "no runtime could be made: \(thrown.words)")
        }
        guard sophon_load(calls.load, runtime, entry.file.path, &thrown) else {
            calls.destroy(runtime)
            try device.checkBears(entry.memory, of: model)
            // The runtime prints why it refuses a file, and tells its caller nothing.
            let reason = thrown.words.isEmpty ? "the runtime refused the file, see its own lines above" : thrown.words
            throw .callFailed(call: "bmrt_load_bmodel", model: model, reason: reason)
        }
        return runtime
    }
}
