/// Any key of a manifest, so that those it should not have are seen too.
struct ManifestKey: CodingKey {
    let stringValue: String

    var intValue: Int? { nil }

    init(_ name: String) {
        stringValue = name
    }

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) {
        nil
    }
}

extension KeyedDecodingContainer<ManifestKey> {
    /// Refuses the first key, in alphabetical order, that is not among `known`.
    func refuseKeys(otherThan known: [String]) throws {
        guard let stranger = allKeys.map(\.stringValue).sorted().first(where: { !known.contains($0) }) else { return }
        throw DecodingError.dataCorruptedError(
            forKey: ManifestKey(stranger), in: self,
            debugDescription: "is unknown: the keys here are \(known.joined(separator: ", "))")
    }

    /// A whole number; the decoder of Foundation takes a fraction for broken JSON.
    func wholeNumber(_ key: String) throws -> Int {
        let number = try decode(Double.self, forKey: ManifestKey(key))
        guard let whole = Int(exactly: number) else {
            throw DecodingError.dataCorruptedError(
                forKey: ManifestKey(key), in: self, debugDescription: "is \(number): needed is a whole number")
        }
        return whole
    }

    /// A word that stands for a value of a closed list.
    func word<Value: RawRepresentable & CaseIterable>(_ key: String) throws -> Value where Value.RawValue == String {
        let text = try decode(String.self, forKey: ManifestKey(key))
        guard let value = Value(rawValue: text) else {
            let words = Value.allCases.map(\.rawValue).joined(separator: ", ")
            throw DecodingError.dataCorruptedError(
                forKey: ManifestKey(key), in: self, debugDescription: "is “\(text)”: needed is one of \(words)")
        }
        return value
    }
}
