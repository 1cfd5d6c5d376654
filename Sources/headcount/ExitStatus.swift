import Archive
import Arguments
import Coordinator
import Density
import Evaluation
import Fetch
import HTTPServer
import Imaging
import Inference
import Models
import Postgres
import Scenes
import Terminal
import Worker

/// What a command ends with, by the numbers of `sysexits.h`.
enum ExitStatus: Int32, CaseIterable {
    case success = 0
    /// What was asked for is not so, such as `doctor` finding something amiss.
    case no = 1
    case usage = 64
    case badData = 65
    case noInput = 66
    case unavailable = 69
    case software = 70
    case cannotCreate = 73
    case inputOutput = 74
    /// What `SupervisorLink` ends a worker with.
    case abandoned = 75
    case configuration = 78
    /// 128 and the number of the signal that ended it, as shells tell it.
    case hungUp = 129
    case interrupted = 130
    case terminated = 143

    /// The one place that says which error is whose fault.
    init(for error: any Error) {
        self =
            switch error {
            case is UsageError, is TilePlanError: .usage
            case let error as ArchiveError: Self.status(of: error)
            case let error as PostgresError: Self.status(of: error)
            case let error as ModelsError: Self.status(of: error)
            case let error as EvaluationError: Self.status(of: error)
            case InferenceError.modelRefused: .badData
            case is WorkerError, is InferenceError: .unavailable
            case is CoordinatorError: .unavailable
            case let error as HTTPServerError: Self.status(of: error)
            case is ScenesError, is OutputFile.Failure: .cannotCreate
            case let error as ParquetWriter.Failure: error.isAbsence ? .unavailable : .cannotCreate
            case let error as FetchError: Self.status(of: error)
            case ImagingError.cancelled: .terminated
            case is ImagingError: .badData
            case is ConsoleError: .inputOutput
            case is CancellationError: .terminated
            case let stopped as Interruptible.Stopped: ExitStatus(rawValue: 128 + stopped.signal) ?? .terminated
            default: .software
            }
    }

    /// In words, for people.
    var meaning: String {
        switch self {
        case .success: "done"
        case .no: "the answer is no, such as doctor finding something amiss"
        case .usage: "the command line was not understood"
        case .badData: "the input is not what it should be, or names what there is not"
        case .noInput: "a file or folder cannot be read"
        case .unavailable: "the database, a card or a library is away"
        case .software: "something went wrong that should not"
        case .cannotCreate: "a file or folder cannot be made"
        case .inputOutput: "a result cannot be written"
        case .abandoned: "a worker whose coordinator is gone, and that did not finish in time"
        case .configuration: "the database's schema, or what is installed, does not fit this program"
        case .hungUp: "ended by SIGHUP: the terminal was closed"
        case .interrupted: "ended by SIGINT: Ctrl-C"
        case .terminated: "ended by SIGTERM, or by a second signal"
        }
    }

    private static func status(of error: PostgresError) -> ExitStatus {
        switch error {
        case .invalidConnectionString: .usage
        case .cancelled: .terminated
        case .decoding, .encoding, .misuse: .software
        // No connection, no such database, too many of something, and an operator's doing.
        case .server(let error): ["08", "3D", "53", "57"].contains(error.sqlState.prefix(2)) ? .unavailable : .software
        default: .unavailable
        }
    }

    private static func status(of error: ArchiveError) -> ExitStatus {
        switch error {
        case .badSetName: .usage
        case .unknownSet, .unknownModel, .noURLs, .badHeader, .unknownRun, .foreignRun, .notEnqueued, .unknownCard:
            .badData
        case .unreadable: .noInput
        case .signedOff: .unavailable
        case .notMigrated, .schemaBehind, .schemaAhead, .migrationChanged, .migrationsUnreadable, .migrationFailed:
            .configuration
        }
    }

    private static func status(of error: FetchError) -> ExitStatus {
        switch error {
        // Made of what the options say: networks, certificates, a proxy.
        case .badNetwork, .badConfiguration: .usage
        case .notFound, .badURL, .forbiddenScheme: .badData
        default: .unavailable
        }
    }

    private static func status(of error: HTTPServerError) -> ExitStatus {
        switch error {
        case .folderMissing, .notAFolder, .folderUnreadable: .noInput
        default: .unavailable
        }
    }

    private static func status(of error: EvaluationError) -> ExitStatus {
        switch error {
        case .unreadable, .noPictures: .noInput
        default: .badData
        }
    }

    private static func status(of error: ModelsError) -> ExitStatus {
        switch error {
        case .unreadable: .noInput
        case .unwritable: .cannotCreate
        case .buildFailed: .software
        case .nowhere: .configuration
        default: .badData
        }
    }
}
