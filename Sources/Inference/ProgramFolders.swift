import FoundationEssentials
import Glibc

/// Where files that come with the program may lie: around the running executable and around the current directory.
public enum ProgramFolders {
    /// The folder of the running executable, links resolved; `nil` where the system does not tell.
    public static var executable: String? {
        guard let path = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(path) }
        return parent(of: String(cString: path))
    }

    /// The checkouts around the executable and around the current directory, nearest first.
    ///
    /// One is found by a program that was built in it or is run inside it; most often there is one or none.
    public static var checkouts: [String] {
        var checkouts: [String] = []
        for start in [executable, FileManager.default.currentDirectoryPath] {
            var folder = start
            while let path = folder {
                let isCheckout = access(path + "/Package.swift", F_OK) == 0 && access(path + "/Deploy", F_OK) == 0
                if isCheckout && !checkouts.contains(path) { checkouts.append(path) }
                folder = parent(of: path)
            }
        }
        return checkouts
    }

    /// The value of an environment variable, `nil` where it is not set or empty.
    public static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    /// The folder that holds `path`; `nil` for the root.
    private static func parent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/"), path != "/" else { return nil }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
