extension ServerHabit {
    /// Answers one request; `false` where the connection ends with it.
    /// - Parameter request: its number among those of all connections, from 1.
    func answer(_ connection: RawSocket, port: UInt16, request: Int) -> Bool {
        switch self {
        case .neverAnswers, .dripsHeaders, .dripsBody, .stallsInBody, .rateLimitsAndDrips:
            beSlow(connection)
        case .closesAtOnce, .closesAfterRequest, .closesInHeaders, .closesInBody, .resetsInBody, .endsChunksEarly:
            endEarly(connection)
        case .sendsEndlessBody, .sendsEndlessChunks, .sendsEndlessHeaders, .sendsEndlessInterimResponses,
            .sendsGzipBomb, .redirectsWithEndlessBody, .notFoundWithEndlessBody:
            goOnForever(connection)
        default:
            return connection.send(wholeAnswer(port: port, request: request))
        }
        return false
    }

    private func beSlow(_ connection: RawSocket) {
        switch self {
        case .dripsHeaders:
            connection.send("HTTP/1.1 200 OK\r\nX-Drip: ")
            while !connection.hangsUp(within: 5), connection.send("a") {}
        case .dripsBody:
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            while !connection.hangsUp(within: 5), connection.send("a") {}
        case .rateLimitsAndDrips:
            connection.send("HTTP/1.1 429 Slow\r\nRetry-After: 30\r\nContent-Length: 1000000\r\n\r\n")
            while !connection.hangsUp(within: 5), connection.send("a") {}
        case .stallsInBody:
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + String(repeating: "a", count: 5000))
        default:
            break
        }
        _ = connection.readToEnd()
    }

    private func endEarly(_ connection: RawSocket) {
        switch self {
        case .closesInHeaders:
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: image/jp")
        case .closesInBody:
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + String(repeating: "a", count: 400))
        case .resetsInBody:
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + String(repeating: "a", count: 400))
            connection.resetOnClose()
        case .endsChunksEarly:
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        default:
            break
        }
    }

    private func goOnForever(_ connection: RawSocket) {
        let filler = [UInt8](repeating: UInt8(ascii: "a"), count: 16 << 10)
        switch self {
        case .sendsEndlessChunks:
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            while connection.send("4000\r\n"), connection.send(filler), connection.send("\r\n") {}
        case .sendsEndlessHeaders:
            connection.send("HTTP/1.1 200 OK\r\n")
            while connection.send("X-More: of the same\r\n") {}
        case .sendsEndlessInterimResponses:
            while connection.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") {}
        case .sendsGzipBomb:
            connection.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
            connection.send(GzipBomb.start)
            while connection.send(GzipBomb.more) {}
        case .redirectsWithEndlessBody:
            connection.send("HTTP/1.1 302 Found\r\nLocation: /other.jpg\r\nTransfer-Encoding: chunked\r\n\r\n")
            while connection.send("4000\r\n"), connection.send(filler), connection.send("\r\n") {}
        case .notFoundWithEndlessBody:
            connection.send("HTTP/1.1 404 Not Found\r\n\r\n")
            while connection.send(filler) {}
        default:
            connection.send("HTTP/1.1 200 OK\r\n\r\n")
            while connection.send(filler) {}
        }
    }

    private func wholeAnswer(port: UInt16, request: Int) -> String {
        switch self {
        case .announcesTooLittle: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and much more"
        case .announcesNegativeLength: "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"
        case .announcesTwoLengths: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nhello"
        case .announcesTerabyte: "HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n"
        case .sendsHugeHeader: "HTTP/1.1 200 OK\r\nX-Huge: \(String(repeating: "a", count: 1 << 20))\r\n\r\n"
        case .sendsBadChunks: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a number\r\nhello\r\n0\r\n\r\n"
        case .sendsBadGzip:
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\nthis is no gzip data"
        case .namesUnknownEncoding: "HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\nContent-Length: 5\r\n\r\nuryyb"
        case .speaksAnotherProtocol: "SSH-2.0-OpenSSH_9.2\r\n\r\n"
        case .sendsRandomBytes: "\u{7f}ELF\u{2}\u{1}\u{1}\u{0}\u{3}\u{0}\r\n\r\n\u{1}\u{2}"
        case .claimsUnasked304: "HTTP/1.1 304 Not Modified\r\n\r\n"
        case .claimsUnasked206:
            "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/9\r\nContent-Length: 5\r\n\r\nhello"
        case .sendsNoContent: "HTTP/1.1 204 No Content\r\n\r\n"
        case .redirectsForever: "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
        case .redirectsToFile: "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"
        case .redirectsTwice:
            "HTTP/1.1 302 Found\r\nLocation:\r\nLocation: nosuch://x\r\nLocation: http://127.0.0.1/\r\n"
                + "Content-Length: 0\r\n\r\n"
        case .redirectsToNothing: "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"
        case .notFound: "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"
        case .notFoundOfTerabyte: "HTTP/1.1 404 Not Found\r\nContent-Length: 1099511627776\r\n\r\n"
        case .gone: "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n"
        case .forbidden: "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        case .unauthorized: "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
        case .rateLimitsForSeconds: "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
        case .rateLimitsUntilDate:
            "HTTP/1.1 429 Slow\r\nRetry-After: Fri, 31 Dec 2100 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n"
        case .unavailable: "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nContent-Length: 0\r\n\r\n"
        case .unavailableOnce where request == 1:
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
        case .broken: "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
        case .answersTwice:
            String(repeating: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", count: 2)
        default: "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>No</p>"
        }
    }
}
