import Glibc
import Testing

/// A pipe whose ends can be closed one by one.
final class Pipe {
    /// The end a program writes to.
    let input: Int32
    private let output: Int32
    private var isRead = true

    init() throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        (output, input) = (ends[0], ends[1])
    }

    deinit {
        stopReading()
        close(input)
    }

    /// All that is in the pipe, of which there must be something.
    func written() throws -> String {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = Glibc.read(output, &bytes, bytes.count)
        try #require(count > 0)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// So many bytes, waited for.
    func read(count: Int) throws -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65536)
        while bytes.count < count {
            let got = Glibc.read(output, &piece, min(piece.count, count - bytes.count))
            try #require(got > 0)
            bytes += piece.prefix(got)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Nobody reads what is written from now on.
    func stopReading() {
        if isRead { close(output) }
        isRead = false
    }
}
