public import Digest
import FoundationEssentials

/// One numbered SQL file.
public struct Migration: Sendable, Equatable {
    /// From 1 without a gap.
    public let number: Int
    /// `0001_name.sql`.
    public let file: String
    /// The statements.
    public let script: String
    /// Of the file's bytes.
    public let digest: SHA256Digest

    /// Reads the migrations of a folder, in order.
    /// - Throws: `ArchiveError.migrationsUnreadable`.
    public static func all(in folder: String) throws(ArchiveError) -> [Migration] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".sql") }.sorted()
        } catch {
            throw .migrationsUnreadable(folder: folder, reason: "the folder cannot be read")
        }
        var migrations: [Migration] = []
        for name in names {
            guard let number = Int(name.prefix(4)), name.dropFirst(4).first == "_", number == migrations.count + 1
            else {
                throw .migrationsUnreadable(
                    folder: folder, reason: "\(name) should be number \(migrations.count + 1), as in 0001_name.sql")
            }
            guard let bytes = FileManager.default.contents(atPath: folder + "/" + name),
                let script = String(validating: bytes, as: UTF8.self)
            else { throw .migrationsUnreadable(folder: folder, reason: "\(name) cannot be read as UTF-8") }
            let digest: SHA256Digest
            do {
                digest = try SHA256Digest(of: [UInt8](bytes))
            } catch {
                throw .migrationsUnreadable(folder: folder, reason: error.description)
            }
            migrations.append(Migration(number: number, file: name, script: script, digest: digest))
        }
        guard !migrations.isEmpty else { throw .migrationsUnreadable(folder: folder, reason: "there are none") }
        return migrations
    }
}
