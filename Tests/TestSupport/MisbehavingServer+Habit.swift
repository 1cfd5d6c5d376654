import Concurrency

/// What a server does instead of answering with a picture.
public enum ServerHabit: String, Sendable, CaseIterable {
    // Silent or slow
    case neverAnswers
    case dripsHeaders
    case dripsBody
    case stallsInBody

    // Ends early
    case closesAtOnce
    case closesAfterRequest
    case closesInHeaders
    case closesInBody
    case resetsInBody
    case endsChunksEarly

    // Lies about length, or knows no end
    case announcesTooLittle
    case announcesNegativeLength
    case announcesTwoLengths
    case announcesTerabyte
    case sendsEndlessBody
    case sendsEndlessChunks
    case sendsEndlessHeaders
    case sendsHugeHeader
    case sendsEndlessInterimResponses
    case sendsGzipBomb

    // Talks nonsense
    case sendsBadChunks
    case sendsBadGzip
    case namesUnknownEncoding
    case speaksAnotherProtocol
    case sendsRandomBytes
    case claimsUnasked304
    case claimsUnasked206
    case sendsNoContent

    // Leads astray
    case redirectsForever
    case redirectsToFile
    case redirectsToNothing
    case redirectsTwice
    case redirectsWithEndlessBody

    // Says no
    case notFound
    case gone
    case forbidden
    case unauthorized
    case rateLimitsForSeconds
    case rateLimitsUntilDate
    case rateLimitsAndDrips
    case unavailableOnce
    case unavailable
    case broken
    case notFoundWithEndlessBody
    case notFoundOfTerabyte

    // Well, but not as asked
    case sendsPage
    case answersTwice

    /// Does it to one connection, to its end.
    /// - Parameter requests: counts the requests of all connections.
    func serve(_ connection: RawSocket, port: UInt16, counting requests: Locked<Int>) {
        if self == .closesAtOnce { return }
        while connection.readRequest() != nil {
            let number = requests.withLock { requests in
                requests += 1
                return requests
            }
            guard answer(connection, port: port, request: number) else { return }
        }
    }
}
