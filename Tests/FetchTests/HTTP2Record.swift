/// What went over the connections of an `HTTP2Server`, from its own account.
struct HTTP2Record {
    /// Connections that chose HTTP/2.
    private(set) var connections = 0
    /// Streams that asked for something.
    private(set) var requests = 0
    /// The most streams that were open at once on one connection.
    private(set) var mostAtOnce = 0

    /// - Parameter text: with lines such as
    ///   `[id=1] [  0.525] recv (stream_id=3) :path: /picture` and `[id=1] [  0.529] stream_id=3 closed`.
    init(_ text: String) {
        var open: [Substring: Set<Substring>] = [:]
        for line in text.split(separator: "\n") {
            if line == "The negotiated protocol: h2" { connections += 1 }
            if let asked = line.wholeMatch(of: /\[id=([0-9]+)\].* recv \(stream_id=([0-9]+)\) :path: .*/) {
                requests += 1
                open[asked.output.1, default: []].insert(asked.output.2)
                mostAtOnce = max(mostAtOnce, open[asked.output.1]?.count ?? 0)
            } else if let closed = line.wholeMatch(of: /\[id=([0-9]+)\].* stream_id=([0-9]+) closed/) {
                open[closed.output.1]?.remove(closed.output.2)
            }
        }
    }
}
