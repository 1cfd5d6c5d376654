import COpenVINO
import Density

/// A network read from its file and fitted to one tile, checked against its manifest, not yet compiled.
struct OpenVINOModel: ~Copyable {
    let handle: OpenVINOHandle

    private let library: OpenVINOLibrary
    private let network: NetworkDescription

    /// Reads and checks a network.
    /// - Throws: `InferenceError.modelRefused` for one that does not turn one tile into one density map of the
    ///   manifest's size, `.callFailed` for a file that cannot be read.
    static func read(_ network: NetworkDescription, library: OpenVINOLibrary) throws(InferenceError) -> OpenVINOModel {
        guard let file = network.files.first(where: { $0.batch == 1 }) else {
            let batches = network.files.map { "\($0.batch)" }.joined(separator: " and ")
            throw .modelRefused(
                model: network.name, found: "files for \(batches) tiles per launch", needed: "a file for 1")
        }
        let handle = try library.read(file.path, model: network.name)
        let model = OpenVINOModel(handle: handle, library: library, network: network)
        try model.checkPorts()
        try model.fitInput()
        try model.checkOutput()
        return model
    }

    private var functions: OpenVINOFunctions { library.functions }

    /// `[1,channels,height,width]` of one tile.
    private var inputSides: [Int64] {
        [1, network.preprocessing.colour.channels, network.tile.height, network.tile.width].map { Int64($0) }
    }

    private func refuse(found: String, needed: String) -> InferenceError {
        .modelRefused(model: network.name, found: found, needed: needed)
    }

    private func checkPorts() throws(InferenceError) {
        let (inputs, outputs) = try (count(functions.inputsSize), count(functions.outputsSize))
        guard inputs == 1, outputs == 1 else {
            throw refuse(
                found: "\(inputs) input\(inputs == 1 ? "" : "s") and \(outputs) output\(outputs == 1 ? "" : "s")",
                needed: "one of each")
        }
    }

    /// - Parameter name: what the port is, for messages.
    private func checkElements(
        of port: borrowing OpenVINOHandle, name: String
    ) throws(InferenceError) {
        var type: ov_element_type_e = 0
        try functions.check(
            "ov_port_get_element_type", network.name, functions.getElementType(port.pointer, &type))
        // 32-bit floats are number 4 or 5, by the release; the other release's 4 or 5 has elements of another size.
        let size = try elementSize(of: type)
        guard type == 4 || type == 5, size == MemoryLayout<Float>.size else {
            throw refuse(found: "an \(name) of \(size)-byte elements, type \(type)", needed: "32-bit floats")
        }
    }

    /// Bytes of one element.
    private func elementSize(of type: ov_element_type_e) throws(InferenceError) -> Int {
        var side: Int64 = 1
        let tensor = OpenVINOHandle(
            try functions.make("ov_tensor_create", network.name) { tensor in
                withUnsafeMutablePointer(to: &side) { side in
                    functions.createTensor(type, ov_shape_t(rank: 1, dims: side), &tensor)
                }
            }, free: functions.freeTensor)
        var size = 0
        try functions.check(
            "ov_tensor_get_byte_size", network.name, functions.tensorByteSize(tensor.pointer, &size))
        return size
    }

    /// Sets the open sides of the input to those of the tile, and refuses others.
    private func fitInput() throws(InferenceError) {
        let needed = inputSides
        let input = try shape(functions.inputPort, name: "input")
        guard let input, input.count == needed.count, zip(input, needed).allSatisfy({ $0.contains($1) }) else {
            let colour = network.preprocessing.colour.rawValue
            throw refuse(
                found: "an input of \(Self.text(input))",
                needed: "one that takes \(Self.text(needed.map { $0...$0 })): a \(network.tile) tile in \(colour)")
        }
        var shape = ov_partial_shape_t()
        try functions.check(
            "ov_partial_shape_create_static", network.name,
            functions.createStaticShape(Int64(needed.count), needed, &shape))
        defer { functions.freePartialShape(&shape) }
        try functions.check(
            "ov_model_reshape_single_input", network.name, functions.reshape(handle.pointer, shape))
    }

    /// The last two sides must be the cells' rows and columns, and all others 1.
    private func checkOutput() throws(InferenceError) {
        let cells = NetworkGeometry(tile: network.tile, outputStride: network.outputStride, batchSizes: [1]).cells
        let output = try shape(functions.outputPort, name: "output")
        let ones = [Int64](repeating: 1, count: max(0, (output?.count ?? 0) - 2))
        let needed = ones + [Int64(cells.height), Int64(cells.width)]
        guard output == needed.map({ $0...$0 }) else {
            throw refuse(
                found: "an output of \(Self.text(output)) for a \(network.tile) tile",
                needed: "[1,1,\(cells.height),\(cells.width)]: one value per \(network.outputStride) pixels")
        }
    }

    private func count(_ function: ov_model_ports_size_fn) throws(InferenceError) -> Int {
        var count = 0
        try functions.check("ov_model_inputs_size", network.name, function(handle.pointer, &count))
        return count
    }

    /// The sides of the first port; `nil` where even their number is open. The port must hold 32-bit floats.
    private func shape(
        _ port: ov_model_const_port_by_index_fn, name: String
    ) throws(InferenceError) -> [ClosedRange<Int64>]? {
        let port = OpenVINOHandle(
            try functions.make("ov_model_const_\(name)_by_index", network.name) { port(handle.pointer, 0, &$0) },
            free: functions.freePort)
        try checkElements(of: port, name: name)
        var shape = ov_partial_shape_t()
        try functions.check(
            "ov_port_get_partial_shape", network.name, functions.getPartialShape(port.pointer, &shape))
        defer { functions.freePartialShape(&shape) }
        guard shape.rank.min == shape.rank.max, let dims = shape.dims else { return nil }
        return (0..<Int(shape.rank.max)).map { index in
            let side = dims[index]
            return side.min...(side.max < side.min ? Int64.max : side.max)
        }
    }

    /// `[1,3,?,?]`: a side that is not fixed is written as people know it from ONNX tools.
    private static func text(_ sides: [ClosedRange<Int64>]?) -> String {
        guard let sides else { return "open rank" }
        let words = sides.map { $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "?" }
        return "[" + words.joined(separator: ",") + "]"
    }
}
