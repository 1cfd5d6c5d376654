extension String {
    /// The text of a fixed C array of characters that ends with a zero.
    ///
    /// Only printable ASCII is kept: a library may quote the picture, and the text goes into logs and tables.
    init<CArray>(reason: CArray) {
        self = withUnsafeBytes(of: reason) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }.filter { 0x20..<0x7F ~= $0 }, as: UTF8.self)
        }
    }
}
