/// A model as the database holds it.
public struct ModelRecord: Sendable, Hashable {
    /// Key in this database.
    public let id: Int
    /// Name people use.
    public let name: String
    /// SHA-256 of the manifest, in hexadecimal digits.
    public let digest: String
    /// The manifest's canonical JSON.
    public let manifest: String
    /// True for the model that is used where none is named.
    public let isDefault: Bool
}
