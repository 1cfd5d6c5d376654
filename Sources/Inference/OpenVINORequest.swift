import COpenVINO
import Concurrency
import Density

/// One place at which one tile at a time is computed, with a thread of its own that may wait for the runtime.
///
/// Input and output tensors are the request's own: tiles are packed straight into the one, densities read from the
/// other.
actor OpenVINORequest {
    private let executor: ThreadExecutor
    private let functions: OpenVINOFunctions
    private let network: NetworkDescription
    private let normalisation: Normalisation
    private let packing: PlainPacking
    private let request: OpenVINOHandle
    private let input: OpenVINOHandle
    private let output: OpenVINOHandle

    /// - Throws: `InferenceError.modelRefused` where input or output are not 32-bit floats.
    init(
        of compiled: borrowing OpenVINOHandle, network: NetworkDescription, library: OpenVINOLibrary, number: Int
    ) throws(InferenceError) {
        let functions = library.functions
        let request = OpenVINOHandle(
            try functions.make("ov_compiled_model_create_infer_request", network.name) {
                functions.createRequest(compiled.pointer, &$0)
            }, free: functions.freeRequest)
        input = OpenVINOHandle(
            try functions.make("ov_infer_request_get_input_tensor", network.name) {
                functions.getInputTensor(request.pointer, &$0)
            }, free: functions.freeTensor)
        output = OpenVINOHandle(
            try functions.make("ov_infer_request_get_output_tensor", network.name) {
                functions.getOutputTensor(request.pointer, &$0)
            }, free: functions.freeTensor)
        self.request = request
        self.functions = functions
        self.network = network
        normalisation = Normalisation(network.preprocessing)
        packing = PlainPacking(tile: network.tile)
        executor = ThreadExecutor(name: "openvino-\(number)")
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Computes one tile of the network's size.
    func density(of tile: Tile) throws(InferenceError) -> DensityMap {
        packing.pack([tile], with: normalisation, into: try bytes(of: input))
        try functions.check("ov_infer_request_start_async", network.name, functions.startRequest(request.pointer))
        try functions.check("ov_infer_request_wait", network.name, functions.waitForRequest(request.pointer))
        let values = try bytes(of: output).bindMemory(to: Float.self)
        let cells = PixelSize(
            width: network.tile.width / network.outputStride, height: network.tile.height / network.outputStride)
        return DensityMap(size: cells, cells: values.map { $0 * network.densityScale })
    }

    private func bytes(of tensor: borrowing OpenVINOHandle) throws(InferenceError) -> UnsafeMutableRawBufferPointer {
        var data: UnsafeMutableRawPointer?
        var count = 0
        try functions.check("ov_tensor_data", network.name, functions.tensorData(tensor.pointer, &data))
        try functions.check(
            "ov_tensor_get_byte_size", network.name, functions.tensorByteSize(tensor.pointer, &count))
        return UnsafeMutableRawBufferPointer(start: data, count: count)
    }
}
