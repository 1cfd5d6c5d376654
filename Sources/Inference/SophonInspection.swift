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

    /// Stages, inputs and outputs that are believed; a number beyond it is not one.
    private static let limit: Int32 = 64

    let name: String
    let isDynamic: Bool
    let inputs: [Tensor]
    let outputs: [Tensor]

    /// - Throws: `InferenceError.modelRefused` where the runtime holds another number of networks than one, or leaves out
    ///   what is needed of it, and `.callFailed` with what it throws.
    init(of runtime: sophon_runtime, _ calls: SophonRuntimeCalls, model: String) throws(InferenceError) {
        var thrown = sophon_exception()
        let count = sophon_network_count(calls.networkCount, runtime, &thrown)
        var names: UnsafeMutablePointer<UnsafePointer<CChar>?>?
        sophon_network_names(calls.networkNames, runtime, &names, &thrown)
        // The array is ours to free, the names in it are not.
        defer { free(names) }
        try Self.check(thrown, model)
        guard count == 1, let name = names?[0] else {
            throw .modelRefused(model: model, found: "\(count) networks", needed: "one network")
        }
        let described = sophon_network_info(calls.network, runtime, name, &thrown)
        try Self.check(thrown, model)
        guard let network = described?.pointee, let stages = Self.stages(of: network, calls.stageStride),
            let inputs = Self.tensors(
                network.input_count, network.input_names, network.input_types, network.input_scales,
                network.max_input_bytes, stages.map(\.inputs),
                storeMode: { sophon_store_mode(calls.inputStoreMode, runtime, $0, name, &thrown) }),
            let outputs = Self.tensors(
                network.output_count, network.output_names, network.output_types, network.output_scales,
                network.max_output_bytes, stages.map(\.outputs),
                storeMode: { sophon_store_mode(calls.outputStoreMode, runtime, $0, name, &thrown) })
        else {
            throw .modelRefused(
                model: model, found: "a network that the runtime does not describe whole",
                needed: "1 to \(Self.limit) stages, inputs and outputs, each with its type, scale and shape")
        }
        self.name = String(cString: name)
        isDynamic = network.is_dynamic
        self.inputs = inputs
        self.outputs = outputs
        try Self.check(thrown, model)
    }

    private static func stages(of network: sophon_network, _ stride: Int) -> [sophon_stage]? {
        guard (1...limit).contains(network.stage_count), let first = network.stages else { return nil }
        return (0..<Int(network.stage_count)).map { (first + $0 * stride).load(as: sophon_stage.self) }
    }

    /// `nil` where anything of a tensor is missing.
    private static func tensors(
        _ count: Int32, _ names: UnsafePointer<UnsafePointer<CChar>?>?, _ types: UnsafePointer<Int32>?,
        _ scales: UnsafePointer<Float>?, _ bytes: UnsafePointer<Int>?, _ shapes: [UnsafePointer<sophon_shape>?],
        storeMode: (UnsafePointer<CChar>) -> Int32
    ) -> [Tensor]? {
        guard (1...limit).contains(count), let names, let types, let scales, let bytes else { return nil }
        var tensors: [Tensor] = []
        for index in 0..<Int(count) {
            let known = shapes.compactMap { $0?[index].known }
            guard let name = names[index], known.count == shapes.count else { return nil }
            tensors.append(
                Tensor(
                    type: types[index], storeMode: storeMode(name), scale: scales[index],
                    bufferBytes: bytes[index], shapes: known))
        }
        return tensors
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
