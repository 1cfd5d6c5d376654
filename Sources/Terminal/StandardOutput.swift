import Glibc

/// The program's own standard output, kept from libraries that print there.
///
/// The vendors' runtimes print at any time and from threads of their own, so their lines cannot be taken out by turning
/// the output away around calls.
public enum StandardOutput {
    /// Takes standard output for the program alone; from here on, whatever else is printed to it goes to standard error.
    ///
    /// To be called once, before the first line is printed and before another thread runs.
    /// - Returns: the descriptor to write results to; -1 where the program was started without standard output.
    public static func claim() -> Int32 {
        claim(STDOUT_FILENO, divertingTo: STDERR_FILENO)
    }

    /// Makes a standard input and a standard error that the program was started without empty ones: else the next file or
    /// connection would get their numbers, and be read from, printed into, or lost to a child.
    ///
    /// To be called first of all. A missing standard output stays missing until `claim`, which tells of it.
    public static func occupyOthers() {
        for descriptor in [STDIN_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 { occupy(descriptor) }
    }

    /// The same with other descriptors.
    static func claim(_ output: Int32, divertingTo diversion: Int32) -> Int32 {
        // Lines that were printed before belong to the output.
        fflush(nil)
        // Not handed down: a child that holds it would keep the reader of a pipe waiting.
        let own = fcntl(output, F_DUPFD_CLOEXEC, 3)
        // Where there is no standard output every write says so. Its number is given away all the same: the next file or
        // connection that is opened would get it, and have the libraries' words printed into it.
        if output >= 0 && dup2(diversion, output) < 0 { occupy(output) }
        return own
    }

    /// Makes a descriptor one that takes everything, keeps nothing and holds nothing.
    private static func occupy(_ descriptor: Int32) {
        let empty = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard empty >= 0 else { return }
        if empty == descriptor {
            _ = fcntl(descriptor, F_SETFD, 0)
        } else {
            dup2(empty, descriptor)
            close(empty)
        }
    }
}
