import Archive
import Fetch
import Imaging
import Inference

extension Verdict {
    static func verdict(on error: FetchError) -> Verdict {
        let detail = error.description
        return switch error {
        case .badURL, .forbiddenScheme: .failure(.badURL, detail: detail)
        case .forbiddenAddress: .failure(.forbiddenAddress, detail: detail)
        case .unresolvedHost: .failure(.unresolvedHost, detail: detail)
        case .refusedConnection, .unreachable, .lostConnection: .failure(.unreachable, detail: detail)
        case .tls: .failure(.tls, detail: detail)
        case .timeout: .failure(.timeout, detail: detail)
        case .notFound: .failure(.notFound, detail: detail)
        case .denied: .failure(.denied, detail: detail)
        case .resting(_, let wait): .postpone(wait)
        case .rateLimited(_, _, let wait): .failure(.rateLimited, detail: detail, askedDelay: wait)
        case .serverError(_, _, let wait): .failure(.serverError, detail: detail, askedDelay: wait)
        case .badResponse, .truncated, .tooManyRedirects: .failure(.badResponse, detail: detail)
        case .tooLarge: .failure(.tooLarge, detail: detail)
        case .cancelled, .closed: .giveUp
        // Refused before the first fetch, when the fetcher is made; the last is doctor's alone.
        case .badNetwork, .badConfiguration, .noSecureTransport: .giveUp
        }
    }

    static func verdict(on error: ImagingError) -> Verdict {
        let failure: FailureClass
        switch error {
        case .notAPicture, .unsupported, .noSuchPage: failure = .notAPicture
        case .corrupt, .truncated: failure = .corrupt
        case .tooManyPixels, .tooManyBytes, .tooManyFrames, .tooMuchMemory: failure = .tooLarge
        case .decoderDied, .tookTooLong: failure = .decoder
        // Memory may be there next time; that the encoder refused cannot happen to a decoded picture.
        case .outOfMemory, .encodingRefused: failure = .engine
        case .cancelled: return .giveUp
        case .decoderUnavailable: return .stop(.unexpected(reason: error.description))
        }
        return .failure(failure, detail: error.description)
    }

    static func verdict(on error: InferenceError) -> Verdict {
        switch error {
        case .deviceFailed, .closed: .stop(.deviceFailed(reason: error.description))
        case .cancelled: .giveUp
        case .libraryMissing, .symbolMissing, .modelRefused, .callFailed, .tileSize:
            .failure(.engine, detail: error.description)
        }
    }
}
