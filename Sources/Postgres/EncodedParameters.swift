/// The parameters of one statement in the form that libpq takes: one buffer, and where in it each value stands.
struct EncodedParameters {
    private var bytes: [UInt8] = []
    /// Offsets into `bytes`; `nil` for NULL.
    private var starts: [Int?] = []
    private var lengths: [Int32] = []
    /// 1 for binary, 0 for text.
    private var formats: [Int32] = []

    /// - Parameter types: what the server wants; without them everything is sent as text.
    init(_ parameters: [any PostgresEncodable], as types: [PostgresType]?) throws(PostgresError) {
        for (index, parameter) in parameters.enumerated() {
            try append(parameter, as: types?[index], position: index + 1)
        }
    }

    private mutating func append(
        _ parameter: some PostgresEncodable, as type: PostgresType?, position: Int
    ) throws(PostgresError) {
        guard !parameter.isNull else {
            starts.append(nil)
            lengths.append(0)
            formats.append(0)
            return
        }
        let start = bytes.count
        let isBinary = type.map { parameter.encode(as: $0, into: &bytes) } ?? false
        if !isBinary {
            let text = parameter.textForm
            // libpq takes text as a C string and would silently send the part before the zero.
            guard !text.utf8.contains(0) else {
                throw .encoding(parameter: "parameter $\(position), which holds a zero byte,", type: "text")
            }
            bytes.append(contentsOf: text.utf8)
        }
        guard let length = Int32(exactly: bytes.count - start) else {
            throw .encoding(parameter: "parameter $\(position), longer than 2 GB,", type: "\(type ?? .text)")
        }
        bytes.append(0)
        starts.append(start)
        lengths.append(length)
        formats.append(isBinary ? 1 : 0)
    }

    /// Runs `body` with the arrays for `PQsendQueryPrepared`, which copies them.
    func withPointers<Result>(
        _ body: (_ values: [UnsafePointer<CChar>?], _ lengths: [Int32], _ formats: [Int32]) -> Result
    ) -> Result {
        bytes.withUnsafeBytes { buffer in
            let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            return body(starts.map { start in start.flatMap { base?.advanced(by: $0) } }, lengths, formats)
        }
    }
}
