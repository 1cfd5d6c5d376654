import Archive
import Arguments
import Coordinator
import Digest
import Fetch
import Glibc
import Inference
import Isolation
import Models
import Postgres
import Terminal

/// `headcount doctor`
enum Doctor: Action {
    static let command = Command(
        "doctor", "Check everything headcount needs, and say how to mend what is amiss",
        discussion: "Exits 0 where counting can work, and 1 where something that is needed is amiss.",
        options: [
            Context.databaseOption, EngineOptions.openvino, EngineOptions.sophon, EngineOptions.toolchain,
        ],
        examples: ["headcount doctor"])

    /// How long the cards may take to answer.
    private static let patience: Duration = .seconds(30)

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        var findings = DoctorFindings()
        await checkProgram(&findings)
        await checkEngines(&findings, invocation, context)
        await checkServers(&findings, invocation, context)
        await checkDatabase(&findings, invocation, context)
        try context.console.output(findings.text)
        return findings.isAmiss ? .no : .success
    }

    /// The files that come with the program, and those it keeps.
    private static func checkProgram(_ findings: inout DoctorFindings) async {
        await findings.check("program") { "headcount \(Version.current)" }
        await findings.check("migrations") {
            "\(try Migration.all(in: SharedFiles.migrations()).count) in \(try SharedFiles.migrations())"
        }
        await findings.check("bundled model") {
            let package = try ModelPackage(manifestAt: BundledModel.crowd.manifestPath())
            return "\(package.manifest.name) \(try package.manifest.digest.description.prefix(12))"
        }
        await findings.check("model store") {
            // What a worker does before it counts: one file in and out.
            let bytes: [UInt8] = Array("headcount doctor".utf8)
            try ModelStore.standard.store(bytes, as: SHA256Digest(of: bytes))
            return ModelStore.standard.folder
        }
    }

    /// What computes.
    private static func checkEngines(
        _ findings: inout DoctorFindings, _ invocation: Invocation, _ context: Context
    ) async {
        let cards = await SophonDiagnosis(folder: invocation.value(of: EngineOptions.sophon.name)) {
            var probe = try CardProbe(invocation, context)
            // A coordinator asks again soon; here somebody waits for the one answer.
            probe.patience = patience
            return try await probe.cards()
        }.findings
        // A host whose cards are well needs no other engine, and one without cards counts on its CPU.
        await findings.check("OpenVINO", otherwise: cards.allSatisfy(\.isGood) ? .absent : .amiss) {
            let library = try OpenVINOLibrary(named: invocation.value(of: EngineOptions.openvino.name))
            return "\(library.version) in \(library.path)"
        }
        for finding in cards {
            findings.note("cards", finding.isGood ? .good : .absent, finding.text)
        }
        await findings.check("compiler", otherwise: .absent) {
            let toolchain = try Toolchain(named: invocation.value(of: EngineOptions.toolchain.name))
            return "\(toolchain.version) in \(toolchain.folder), for headcount model build"
        }
    }

    /// What other programs and files of this machine commands lean on.
    private static func checkServers(
        _ findings: inout DoctorFindings, _ invocation: Invocation, _ context: Context
    ) async {
        await findings.check("https") {
            let transport = try SecureTransport()
            return "\(transport.library), \(transport.certificates) certificates in \(transport.authorities)"
        }
        let decoder = DecoderPool(program: "/proc/self/exe", processes: 1)
        do {
            let looseness = try await decoder.looseness
            findings.note(
                "decoders", looseness == nil ? .good : .absent,
                looseness.map { "not confined (\($0)): a kernel with seccomp filters is needed for that" }
                    ?? "confined: they can do nothing but compute")
        } catch {
            findings.note("decoders", .amiss, ErrorLine.text(of: error))
        }
        await decoder.close()
        // A database that somebody else runs needs no server here.
        await findings.check("PostgreSQL", otherwise: context.namesDatabase(invocation) ? .absent : .amiss) {
            let server = try ServerInstallation.find()
            return "\(server.version) in \(server.folder), for headcount local"
        }
        let psql = (context.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/psql" }
            .first { (file: String) in access(file, X_OK) == 0 }
        findings.note(
            "psql", psql == nil ? .absent : .good,
            psql ?? "not there, for headcount sql: install the Debian package postgresql-client")
    }

    private static func checkDatabase(
        _ findings: inout DoctorFindings, _ invocation: Invocation, _ context: Context
    ) async {
        var connection: PostgresConnection?
        await findings.check("database") {
            let opened = try await context.connect(invocation, as: "doctor")
            connection = opened
            let version = try await opened.query("SHOW server_version").first?.decode(String.self, "server_version")
            return "PostgreSQL \(version ?? "of unknown version"), \(opened.configuration.description)"
        }
        guard let connection else { return }
        await findings.check("schema") {
            let migrations = try Migration.all(in: SharedFiles.migrations())
            try await Migrator(connection, migrations: migrations).check()
            return "migration \(migrations.count)"
        }
        await findings.check("default model") {
            guard let model = try await Archive(connection).models().first(where: \.isDefault) else {
                throw ArchiveError.unknownModel(nil)
            }
            return "\(model.name) \(model.digest.prefix(12))"
        }
        do {
            for finding in try await Archive(connection).health() {
                findings.note(finding.what, finding.isGood ? .good : .amiss, finding.detail)
            }
        } catch {
            findings.note("queue", .amiss, ErrorLine.text(of: error))
        }
        await connection.close()
    }
}
