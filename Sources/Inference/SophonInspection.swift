import CSophon
import Glibc

/// What a runtime tells of the one network it holds, copied out of the runtime's memory.
struct SophonInspection {
    /// One tensor as the vendor's numbers describe it.
    struct Tensor: Equatable {
        let type: Int32
        let storeMode: Int32
        let scale: Float
        let bufferBytes: Int
        /// One shape per stage of the network.
        let shapes: [[Int]]
    }

    let name: String
    let isDynamic: Bool
    let inputs: [Tensor]
    let outputs: [Tensor]

    /// - Throws: `InferenceError.modelRefused` where the runtime holds another number of networks than one, and
    ///   `.callFailed` with what it throws.
    init(of runtime: sophon_runtime, _ calls: SophonRuntimeCalls, model: String) throws(InferenceError) {
        var thrown = sophon_exception()
        let count = sophon_network_count(calls.networkCount, runtime, &thrown)
        var names: UnsafeMutablePointer<UnsafePointer<CChar>?>?
        sophon_network_names(calls.networkNames, runtime, &names, &thrown)
        // The array is ours to free, the names in it are not.
        defer { free(names) }
        var described: UnsafePointer<sophon_network>?
        if count == 1, let name = names?[0] {
            described = sophon_network_info(calls.network, runtime, name, &thrown)
        }
        try Self.check(thrown, model)
        guard let network = described?.pointee, let name = names?[0] else {
            throw .modelRefused(model: model, found: "\(count) networks", needed: "one network")
        }
        self.name = String(cString: name)
        isDynamic = network.is_dynamic
        let stages = (0..<Int(network.stage_count)).compactMap { index in
            network.stages.map { ($0 + index * calls.stageStride).load(as: sophon_stage.self) }
        }
        inputs = (0..<Int(network.input_count)).map { index in
            Tensor(
                type: network.input_types[index],
                storeMode: sophon_store_mode(
                    calls.inputStoreMode, runtime, network.input_names[index], name, &thrown),
                scale: network.input_scales[index], bufferBytes: network.max_input_bytes[index],
                shapes: stages.map { $0.inputs[index].known })
        }
        outputs = (0..<Int(network.output_count)).map { index in
            Tensor(
                type: network.output_types[index],
                storeMode: sophon_store_mode(
                    calls.outputStoreMode, runtime, network.output_names[index], name, &thrown),
                scale: network.output_scales[index], bufferBytes: network.max_output_bytes[index],
                shapes: stages.map { $0.outputs[index].known })
        }
        try Self.check(thrown, model)
    }

    private static func check(_ thrown: sophon_exception, _ model: String) throws(InferenceError) {
        guard thrown.words.isEmpty else {
            throw .callFailed(call: "the runtime's description of the network", model: model, reason: thrown.words)
        }
    }
}

extension sophon_shape {
    /// The sides that count.
    fileprivate var known: [Int] {
        withUnsafeBytes(of: sides) { raw in
            raw.bindMemory(to: Int32.self).prefix(Int(max(0, min(8, count)))).map(Int.init)
        }
    }
}
