import Archive
import Glibc
import Inference

/// The files that come with the program.
enum SharedFiles {
    /// The folder of migrations: in `HEADCOUNT_SHARE` alone where that is set; else in the checkout that holds the
    /// executable or the current directory, or in `share/headcount` of the installation.
    static func migrations() throws(ArchiveError) -> String {
        var places: [String] = []
        if let share = ProgramFolders.variable("HEADCOUNT_SHARE") {
            places = [share + "/migrations"]
        } else {
            places = ProgramFolders.checkouts.map { $0 + "/Migrations" }
            if let executable = ProgramFolders.executable {
                places.append(executable + "/../share/headcount/migrations")
            }
        }
        for place in places where access(place, R_OK | X_OK) == 0 { return place }
        throw .migrationsUnreadable(
            folder: places.joined(separator: ", "), reason: "there is no such folder; HEADCOUNT_SHARE names another")
    }
}
