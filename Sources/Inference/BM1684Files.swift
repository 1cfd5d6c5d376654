/// The compiled files of one network, by what their heads say: nothing that can be known before is found out by loading.
struct BM1684Files {
    struct Entry {
        let file: NetworkDescription.File
        /// What the runtime takes of the card's memory to load it: no work memory where an earlier file has brought it.
        let memory: BM1684ModelFile.Memory
    }

    /// Whichever takes the most work memory comes first.
    ///
    /// The runtimes of a process share one work memory per device; where a later file needs more of it than there is, it
    /// is freed and made anew, and the files before compute in memory that is no longer theirs. (Seen with
    /// single-precision networks: results of zeros, or of another tensor.)
    let inLoadingOrder: [Entry]

    /// - Throws: `InferenceError.modelRefused` where a file cannot be read or is for another chip, and where they are not
    ///   of one network.
    init(_ description: NetworkDescription) throws(InferenceError) {
        var files: [(file: NetworkDescription.File, head: BM1684ModelFile)] = []
        for file in description.files {
            let model = "\(description.name) (\(file.path))"
            let head = try BM1684ModelFile(path: file.path, model: model)
            guard head.chip == "BM1684" else {
                throw .modelRefused(model: model, found: "code for the chip \(head.chip)", needed: "code for BM1684")
            }
            files.append((file, head))
        }
        if let one = files.first(where: { $0.file.batch == 1 }), let four = files.first(where: { $0.file.batch == 4 }) {
            try Self.check(one.head, agreesWith: four.head, model: description.name)
        }
        files.sort { ($0.head.memory.work, $0.file.batch) > ($1.head.memory.work, $1.file.batch) }
        inLoadingOrder = files.enumerated().map { place, loaded in
            Entry(file: loaded.file, memory: place == 0 ? loaded.head.memory : loaded.head.memory.withoutWork)
        }
    }

    /// Refuses the files for one and for four tiles of unlike networks: which of the two counts a picture depends on what
    /// else there is to count, and must not show in its count; and the vendor's library was seen to end the process where
    /// networks of unlike types share a card.
    ///
    /// Compared are element types and scales of inputs and outputs, and the digests of the weights, which the compiler lays
    /// out alike for every batch and otherwise under another calibration (seen with the networks compiled here). A
    /// calibration that left all of these alone is not seen.
    private static func check(
        _ one: BM1684ModelFile, agreesWith four: BM1684ModelFile, model: String
    ) throws(InferenceError) {
        func refusal(_ found: String) -> InferenceError {
            .modelRefused(model: model, found: found, needed: "two files of one network")
        }
        for (role, first, second) in [("input", one.inputs, four.inputs), ("output", one.outputs, four.outputs)]
        where first != second {
            throw refusal(
                "\(words(first)) as \(role) of the file for one tile, and of that for four \(words(second))")
        }
        guard one.weightsDigest == four.weightsDigest else {
            throw refusal("other weights in the file for one tile than in that for four")
        }
    }

    private static func words(_ tensors: [BM1684ModelFile.Tensor]) -> String {
        let each = tensors.map { tensor in
            let element = Int32(exactly: tensor.type).flatMap(SophonTensorForm.Element.init(rawValue:))
            return (element.map { "\($0)" } ?? "the vendor's type \(tensor.type)") + " with the scale \(tensor.scale)"
        }
        return each.isEmpty ? "none" : each.joined(separator: " and ")
    }
}
