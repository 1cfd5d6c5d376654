import FoundationEssentials

extension LocalCluster {
    /// The folder of the socket as the settings of the last start have it.
    var recordedSocketFolder: String? {
        let text = FileManager.default.contents(atPath: folder.settings).map { String(decoding: $0, as: UTF8.self) }
        let line = text?.split(separator: "\n").first { $0.hasPrefix("unix_socket_directories") }
        return line?.split(separator: "\"").dropFirst().first.map { String($0) }
    }

    /// Changes files as the server's account: root must not write where another account can lay links.
    /// - Parameters:
    ///   - step: for the message, should it fail.
    ///   - arguments: `$1`, `$2`... of the script.
    func shell(
        _ step: String, _ script: String, _ arguments: [String], _ account: ServerAccount?
    ) throws(PostgresError) {
        let outcome = ServerCommand(
            path: "/bin/sh", arguments: ["-ec", script, "sh"] + arguments, account: account
        ).run()
        guard outcome.succeeded else { throw folder.failure(step, outcome.lastLine) }
    }

    /// Removes the caller's own part.
    func removeFolder() throws(PostgresError) {
        guard FileManager.default.fileExists(atPath: folder.path) else { return }
        do {
            try FileManager.default.removeItem(atPath: folder.path)
        } catch {
            // Foundation's own words are many lines long.
            throw folder.failure("removing the folder", "it cannot be removed")
        }
    }
}
