import Glibc

/// The number of a failed system call.
struct Errno: Error, Equatable {
    let code: Int32

    var reason: String {
        String(cString: strerror(code))
    }
}
