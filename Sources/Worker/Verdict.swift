import Archive
import Fetch
import Imaging
import Inference
import Postgres

/// What becomes of an image after an error: the one place that maps errors to failure classes.
///
/// Only what is wrong with the image or its server is a failure of the image. What is wrong with this worker must not
/// use up the attempts of images that another worker could count.
enum Verdict {
    /// Written as a failed attempt; SQL decides whether it is tried again.
    case failure(FailureClass, detail: String, askedDelay: Duration? = nil)
    /// Not tried: the image goes back to the queue as it was, to be claimed again after that time.
    case postpone(Duration)
    /// Nobody's fault: the image goes back to the queue as it was.
    case giveUp
    /// This worker cannot count for the run: its images go back, and it claims no more of them.
    case decline(reason: String)
    /// Something that nobody foresaw. Of one image it is that image's failure; of several, one after the other, the
    /// worker's.
    case unforeseen(reason: String)
    /// The worker itself cannot go on.
    case stop(WorkerError)

    init(_ error: any Error) {
        switch error {
        case let error as NetworkUnavailable: self = .decline(reason: error.description)
        case let error as FetchError: self = Self.verdict(on: error)
        case let error as ImagingError: self = Self.verdict(on: error)
        case let error as InferenceError: self = Self.verdict(on: error)
        // The heartbeat meets a lost connection as well, and ends the worker with it.
        case let error as PostgresError where error.isTransient: self = .giveUp
        // Its set was removed meanwhile: nobody is to count it.
        case let error as PostgresError where error.isOfMissingTable: self = .giveUp
        case ArchiveError.unknownRun: self = .giveUp
        case is CancellationError, PostgresError.cancelled: self = .giveUp
        case let error as TooLargeForMemory: self = .failure(.tooLarge, detail: error.description)
        case let error as TooManyTiles: self = .failure(.tooLarge, detail: error.description)
        default: self = .unforeseen(reason: "\(error)")
        }
    }
}
