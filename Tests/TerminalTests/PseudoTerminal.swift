import Glibc
import Testing

/// A terminal without a screen: what is written to `terminal` is read back as it was written.
final class PseudoTerminal {
    /// The side a program writes to.
    let terminal: Int32
    private let screen: Int32

    /// - Parameter columns: width the terminal tells; 0 where it is to tell none.
    init(columns: UInt16) throws {
        var settings = termios()
        cfmakeraw(&settings)
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        var ends: (screen: Int32, terminal: Int32) = (-1, -1)
        let status = openpty(&ends.screen, &ends.terminal, nil, &settings, &size)
        try #require(status == 0, "no pseudo-terminal: is /dev/pts mounted?")
        (screen, terminal) = ends
    }

    deinit {
        close(terminal)
        close(screen)
    }

    /// All that was written since the last call.
    func written() throws -> String {
        // The kernel hands text over when it gets round to it: what is read ends with a mark that is written now.
        let mark: UInt8 = 4
        try #require(withUnsafeBytes(of: mark) { write(terminal, $0.baseAddress, 1) } == 1)
        var text: [UInt8] = []
        while text.last != mark {
            var piece = [UInt8](repeating: 0, count: 4096)
            let count = read(screen, &piece, piece.count)
            try #require(count > 0)
            text += piece.prefix(count)
        }
        return String(decoding: text.dropLast(), as: UTF8.self)
    }
}
