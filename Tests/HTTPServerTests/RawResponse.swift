import TestSupport

/// The answer to a request written by hand, which no client has tidied.
struct RawResponse {
    let status: Int
    let body: [UInt8]
    private let head: String

    /// Sends `request` as it is, with what ends its headers and the body, and reads until the server closes.
    init(to request: String, body content: String = "", port: UInt16) throws {
        let connection = try RawSocket.connected(to: port)
        defer { connection.close() }
        connection.send(request + "\r\nHost: test\r\nConnection: close\r\n\r\n" + content)
        let answer = connection.readToEnd()
        let end = answer.firstRange(of: Array("\r\n\r\n".utf8))
        head = String(decoding: answer[..<(end?.lowerBound ?? answer.endIndex)], as: UTF8.self)
        body = end.map { Array(answer[$0.upperBound...]) } ?? []
        let fields = head.split(separator: " ")
        status = fields.count > 1 ? Int(fields[1]) ?? 0 : 0
    }

    var text: String {
        String(decoding: body, as: UTF8.self)
    }

    func header(_ name: String) -> String? {
        for line in head.split(separator: "\r\n") {
            let parts = line.split(separator: ": ", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == name.lowercased() { return String(parts[1]) }
        }
        return nil
    }
}
