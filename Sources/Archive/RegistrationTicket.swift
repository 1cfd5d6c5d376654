/// What one registration of a worker is known by, so that repeating it does not make a second worker.
public struct RegistrationTicket: Sendable, Hashable {
    /// 32 hexadecimal digits, as a `uuid` of the database reads them.
    let digits: String

    /// One that nobody had before.
    public init() {
        digits = (0..<4).map { _ in
            let part = String(UInt32.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 8 - part.count) + part
        }.joined()
    }
}
