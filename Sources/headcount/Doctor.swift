import Archive
import Arguments
import Digest
import Inference
import Models
import Postgres
import Terminal

/// `headcount doctor`
enum Doctor: Action {
    static let command = Command(
        "doctor", "Check everything headcount needs, and say how to mend what is amiss",
        discussion: "Exits 0 where counting can work, and 1 where something that is needed is amiss.",
        options: [
            Context.databaseOption, EngineOptions.openvino, EngineOptions.sophon,
        ],
        examples: ["headcount doctor"])

    private enum Finding: String {
        case good = "ok"
        /// Counting works without it.
        case absent = "none"
        case amiss = "AMISS"
    }

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        var rows: [(what: String, finding: Finding, words: String)] = []
        func check(_ what: String, _ body: () async throws -> String) async {
            do {
                rows.append((what, .good, try await body()))
            } catch {
                rows.append((what, .amiss, ErrorLine.text(of: error)))
            }
        }

        await check("program") { "headcount \(Version.current)" }
        await check("migrations") {
            "\(try Migration.all(in: SharedFiles.migrations()).count) in \(try SharedFiles.migrations())"
        }
        await check("bundled model") {
            let package = try ModelPackage(manifestAt: BundledModel.crowd.manifestPath())
            return "\(package.manifest.name) \(try package.manifest.digest.description.prefix(12))"
        }
        await check("OpenVINO") {
            let library = try OpenVINOLibrary(named: invocation.value(of: "openvino-lib"))
            return "\(library.version) in \(library.path)"
        }
        await check("model store") {
            // What a worker does before it counts: one file in and out.
            let bytes: [UInt8] = Array("headcount doctor".utf8)
            try ModelStore.standard.store(bytes, as: SHA256Digest(of: bytes))
            return ModelStore.standard.folder
        }
        rows += cards(invocation)
        var connection: PostgresConnection?
        await check("database") {
            let opened = try await context.connect(invocation, as: "doctor")
            connection = opened
            let version = try await opened.query("SHOW server_version").first?.decode(String.self, "server_version")
            return "PostgreSQL \(version ?? "of unknown version"), \(opened.configuration.description)"
        }
        if let connection {
            await check("schema") {
                let migrations = try Migration.all(in: SharedFiles.migrations())
                try await Migrator(connection, migrations: migrations).check()
                return "migration \(migrations.count)"
            }
            await check("default model") {
                guard let model = try await Archive(connection).models().first(where: \.isDefault) else {
                    throw ArchiveError.unknownModel(nil)
                }
                return "\(model.name) \(model.digest.prefix(12))"
            }
            do {
                for finding in try await Archive(connection).health() {
                    rows.append((finding.what, finding.isGood ? .good : .amiss, finding.detail))
                }
            } catch {
                rows.append(("queue", .amiss, ErrorLine.text(of: error)))
            }
            await connection.close()
        }
        for row in rows {
            let padded = row.what + String(repeating: " ", count: max(1, 15 - row.what.count))
            let finding = row.finding.rawValue + String(repeating: " ", count: 7 - row.finding.rawValue.count)
            try context.console.output("\(padded)\(finding)\(row.words)\n")
        }
        return rows.contains { $0.finding == .amiss } ? .no : .success
    }

    /// From the bus up to the vendor's library. A host without cards counts on its CPU: nothing is amiss then.
    private static func cards(_ invocation: Invocation) -> [(what: String, finding: Finding, words: String)] {
        SophonDiagnosis(folder: invocation.value(of: EngineOptions.sophon.name)).findings.map { finding in
            ("cards", finding.isGood ? .good : .absent, finding.text)
        }
    }
}
