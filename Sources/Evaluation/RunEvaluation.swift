public import Archive
import Concurrency

/// Compares the counts of a run in SQL with the truth, from a file or from the table `headcount.truth`.
public struct RunEvaluation: Sendable {
    /// What came of the run.
    public struct Outcome: Sendable {
        /// The run.
        public let run: EvaluatedRun
        /// Pictures that were compared, by the names the truth has for them; by URL where the truth is in SQL.
        public let observations: [Observation]
        /// Pictures with a true count that the run has not counted: failed, or still to come.
        public let uncounted: Int
        /// Pictures whose seconds are not known, for the run their counts were taken over from is gone: they are given the
        /// mean of the others', or none.
        public let untimed: Int
        /// The true counts by the numbers of the images.
        public let truth: [Int: Double]
    }

    private struct State {
        var match: TruthMatch?
        var observations: [Observation] = []
        var truth: [Int: Double] = [:]
        var uncounted = 0
        var untimed: [Observation] = []

        /// All that were counted.
        var timed: [Observation] {
            let mean = observations.reduce(0) { $0 + $1.seconds } / Double(max(1, observations.count))
            return observations
                + untimed.map { Observation(image: $0.image, truth: $0.truth, count: $0.count, seconds: mean) }
        }
    }

    private let archive: Archive

    /// Evaluates the runs of this archive.
    public init(archive: Archive) {
        self.archive = archive
    }

    /// Compares one run.
    /// - Parameters:
    ///   - set: the run's set; any where `nil`.
    ///   - run: the run; the set's newest where `nil`.
    ///   - truth: true counts by URL, key, or the last part of a URL's path; those in SQL where `nil`.
    /// - Throws: `EvaluationError.inventedCounts`, `.unknownPictures`, `.ambiguousName`, or `.nothingCounted`; errors of
    ///   the archive.
    public func run(set: String?, run id: Int?, truth: TruthList?) async throws -> Outcome {
        let run = try await archive.evaluatedRun(ofSet: set, run: id)
        let place = "run \(run.id) of \(run.setName)"
        if run.isInvented { throw EvaluationError.inventedCounts(place: place) }
        let state = Locked(State(match: truth.map(TruthMatch.init)))
        try await archive.truthCandidates(ofRun: run, withTruth: truth == nil) { candidate in
            try state.withLock { try Self.take(candidate, into: &$0) }
        }
        let (observations, known, uncounted, untimed) = try state.withLock { state in
            try state.match?.requireAllFound(in: "the set \(run.setName)")
            return (state.timed, state.truth, state.uncounted, state.untimed.count)
        }
        if known.isEmpty { throw EvaluationError.noTruth(source: "headcount.truth, for the set \(run.setName),") }
        if observations.isEmpty {
            throw EvaluationError.nothingCounted(place: place, reason: "headcount status says how far it is")
        }
        return Outcome(
            run: run, observations: observations, uncounted: uncounted, untimed: untimed, truth: known)
    }

    private static func take(_ candidate: TruthCandidate, into state: inout State) throws(EvaluationError) {
        var found: (name: String, count: Double)?
        if state.match == nil {
            found = candidate.truth.map { (candidate.url, $0) }
        } else {
            found = try state.match?.find(url: candidate.url, key: candidate.key)
        }
        guard let found else { return }
        state.truth[candidate.image] = found.count
        guard let count = candidate.count else {
            state.uncounted += 1
            return
        }
        let observation = Observation(
            image: found.name, truth: found.count, count: count, seconds: candidate.seconds ?? 0)
        if candidate.seconds == nil {
            state.untimed.append(observation)
        } else {
            state.observations.append(observation)
        }
    }
}
