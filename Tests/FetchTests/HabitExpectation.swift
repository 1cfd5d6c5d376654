import Fetch
import TestSupport

/// What a fetch from a server with a bad habit must end in.
enum HabitExpectation {
    case bytes(Int)
    /// The case of `FetchError` by its name, and what else must hold of it.
    case error(String, @Sendable (FetchError) -> Bool = { _ in true })

    /// The byte limit of the fetches.
    static let limit = 1 << 20

    init(_ habit: ServerHabit) {
        self =
            switch habit {
            case .neverAnswers, .dripsHeaders: .timeout(.firstByte)
            case .dripsBody, .stallsInBody, .announcesTwoLengths: .timeout(.body)
            case .redirectsWithEndlessBody: .timeout(.connect)

            case .closesAtOnce, .closesAfterRequest, .closesInHeaders, .resetsInBody: .error("lostConnection")
            case .closesInBody: .truncated(received: 400, expected: 1000)
            case .endsChunksEarly: .truncated(received: 5, expected: nil)

            case .announcesTerabyte, .sendsEndlessBody, .sendsEndlessChunks, .sendsGzipBomb:
                .error("tooLarge") { $0.description.contains("\(Self.limit)") }

            case .announcesNegativeLength, .sendsEndlessHeaders, .sendsHugeHeader,
                .sendsEndlessInterimResponses, .sendsBadChunks, .sendsBadGzip, .namesUnknownEncoding,
                .speaksAnotherProtocol, .sendsRandomBytes, .claimsUnasked304, .claimsUnasked206, .sendsNoContent,
                .redirectsToNothing:
                .error("badResponse")

            case .redirectsForever: .error("tooManyRedirects")
            // To the first place that is named.
            case .redirectsTwice: .error("forbiddenScheme") { $0.description.contains("'nosuch'") }
            case .redirectsToFile: .error("forbiddenScheme") { $0.description.contains("'file'") }

            case .notFound, .notFoundWithEndlessBody, .notFoundOfTerabyte: .status("notFound", 404)
            case .gone: .status("notFound", 410)
            case .forbidden: .status("denied", 403)
            case .unauthorized: .status("denied", 401)
            case .broken: .status("serverError", 500)
            case .rateLimitsForSeconds: .retry("rateLimited") { $0 == .seconds(7) }
            case .unavailableOnce: .retry("serverError") { $0 == .seconds(1) }
            case .rateLimitsAndDrips: .retry("rateLimited") { $0 == .seconds(30) }
            case .unavailable: .retry("serverError") { $0 == .seconds(30) }
            // Until the last day of the century.
            case .rateLimitsUntilDate: .retry("rateLimited") { $0.map { $0 > .seconds(86_400) } ?? false }

            case .announcesTooLittle, .answersTwice: .bytes(5)
            case .sendsPage: .bytes(9)
            }
    }

    /// The limits under which the habit shows: the one it is to run into short, the others out of the way.
    static func configuration(for habit: ServerHabit) throws -> FetchConfiguration {
        var configuration = FetchConfiguration()
        configuration.allowedNetworks = [try Network("127.0.0.0/8")]
        configuration.maximumBytes = limit
        let short = Duration.milliseconds(150)
        switch HabitExpectation(habit) {
        case .error("timeout", let holds) where holds(.timeout(url: "", stage: .firstByte)):
            configuration.firstByteTimeout = short
        case .error("timeout", let holds) where holds(.timeout(url: "", stage: .body)):
            configuration.lowSpeedWindow = short
            configuration.lowSpeedBytesPerSecond = 100_000
        case .error("timeout", _):
            configuration.connectTimeout = short
        default:
            if habit == .rateLimitsAndDrips {
                configuration.lowSpeedWindow = short
                configuration.lowSpeedBytesPerSecond = 100_000
            }
        }
        return configuration
    }

    /// The name of a case, as Swift prints it.
    static func caseName(of error: FetchError) -> String {
        Mirror(reflecting: error).children.first?.label ?? "\(error)"
    }

    private static func timeout(_ stage: FetchStage) -> HabitExpectation {
        .error("timeout") { error in
            if case .timeout(_, stage) = error { true } else { false }
        }
    }

    private static func truncated(received: Int, expected: Int?) -> HabitExpectation {
        .error("truncated") { error in
            if case .truncated(_, received, expected) = error { true } else { false }
        }
    }

    private static func status(_ name: String, _ status: Int) -> HabitExpectation {
        .error(name) { $0.description.contains("status \(status)") }
    }

    private static func retry(_ name: String, _ holds: @escaping @Sendable (Duration?) -> Bool) -> HabitExpectation {
        .error(name) { error in
            switch error {
            case .rateLimited(_, _, let wait), .serverError(_, _, let wait): holds(wait)
            default: false
            }
        }
    }
}
