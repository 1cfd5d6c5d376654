import Glibc
import TestSupport
import Testing

struct SQLTests {
    @Test("what psql answers is the output")
    func answerIsOutput() async throws {
        try await TestDatabase.withFresh { url in
            let outcome = try await RunningProgram.run(["sql", "SELECT 6 * 7 AS answer", "--database", url])
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.contains("answer") && outcome.output.contains("42"), "\(outcome.output)")
        }
    }

    @Test("psql gets the password in its environment, not among the arguments that everybody can read")
    func passwordIsHidden() async throws {
        let folder = try TemporaryFolder()
        let psql = try folder.write(
            Array("#!/bin/sh\nprintf '%s\\n' \"$@\" \"password: $PGPASSWORD\"\n".utf8), to: "psql")
        chmod(psql, 0o755)
        try await TestDatabase.withFresh { url in
            let named = url + (url.contains("?") ? "&" : "?") + "password=secret"
            let outcome = try await RunningProgram.run(
                ["sql", "SELECT 1"], environment: ["DATABASE_URL": named, "PATH": folder.path])
            #expect(outcome.status == 0, "\(outcome.errors)")
            let lines = outcome.output.split(separator: "\n")
            #expect(lines.count == 5 && lines.last == "password: secret", "\(outcome.output)")
            #expect(lines.first == "--dbname" && !lines.dropLast().joined().contains("secret"))
            #expect(lines.dropFirst(2).prefix(2) == ["--command", "SELECT 1"])
        }
    }
}
