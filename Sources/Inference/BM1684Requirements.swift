import Density

/// What a compiled file must be for its manifest's description, and the refusals where it is not.
struct BM1684Requirements {
    let file: NetworkDescription.File
    let description: NetworkDescription
    let model: String

    /// Columns and rows of a tile's density map.
    var cells: PixelSize {
        PixelSize(
            width: description.tile.width / description.outputStride,
            height: description.tile.height / description.outputStride)
    }

    /// The forms of the one input and the one output.
    /// - Throws: `InferenceError.modelRefused` with what was found and what is needed.
    func tensors(
        of inspection: SophonInspection
    ) throws(InferenceError) -> (input: SophonTensorForm, output: SophonTensorForm) {
        let preprocessing = description.preprocessing
        guard (preprocessing.mean + preprocessing.scale).allSatisfy(\.isFinite) else {
            throw refusal("a mean or scale that is no finite number", "finite ones")
        }
        guard !inspection.isDynamic else { throw refusal("a dynamic network", "a static one") }
        guard inspection.inputs.count == 1, let input = inspection.inputs.first else {
            throw refusal("\(inspection.inputs.count) inputs", "one input")
        }
        guard inspection.outputs.count == 1, let output = inspection.outputs.first else {
            throw refusal("\(inspection.outputs.count) outputs", "one output")
        }
        let tile = description.tile
        let neededInput = [file.batch, preprocessing.colour.channels, tile.height, tile.width]
        let neededOutput = [file.batch, 1, cells.height, cells.width]
        guard let stage = input.shapes.firstIndex(of: neededInput) else {
            throw refusal("an input of \(words(input.shapes))", words([neededInput]))
        }
        guard output.shapes[stage] == neededOutput else {
            throw refusal("an output of \(words([output.shapes[stage]]))", words([neededOutput]))
        }
        let inputForm = try form(of: input, "input", elements: "float32 or int8", sides: neededInput)
        guard inputForm.element != .uint8 else { throw refusal("an input of uint8", "float32 or int8") }
        return (inputForm, try form(of: output, "output", elements: "float32, int8 or uint8", sides: neededOutput))
    }

    /// - Parameter elements: the types that are understood, for the refusal of another.
    private func form(
        of tensor: SophonInspection.Tensor, _ role: String, elements: String, sides: [Int]
    ) throws(InferenceError) -> SophonTensorForm {
        guard let element = SophonTensorForm.Element(rawValue: tensor.type) else {
            throw refusal("an \(role) of the vendor's type \(tensor.type)", elements)
        }
        guard let layout = SophonTensorForm.Layout(rawValue: tensor.storeMode),
            layout == .plain || element != .float32
        else {
            throw refusal("an \(role) of \(element) in store mode \(tensor.storeMode)", "mode 0, or 2 for 8 bits")
        }
        guard tensor.scale.isFinite, element == .float32 || tensor.scale > 0 else {
            throw refusal("an \(role) with the scale \(tensor.scale)", "a positive one")
        }
        let form = SophonTensorForm(
            element: element, layout: layout, scale: element == .float32 ? 1 : tensor.scale, sides: sides,
            bufferBytes: tensor.bufferBytes)
        guard form.bufferBytes >= form.byteCount else {
            throw refusal("a buffer of \(form.bufferBytes) bytes for its \(role)", "\(form.byteCount) bytes")
        }
        return form
    }

    private func refusal(_ found: String, _ needed: String) -> InferenceError {
        .modelRefused(model: model, found: found, needed: needed)
    }

    private func words(_ shapes: [[Int]]) -> String {
        shapes.map { $0.map(String.init).joined(separator: "x") }.joined(separator: " or ")
    }
}
