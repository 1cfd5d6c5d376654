public import Counting
public import Density
public import Imaging
import Inference

/// Counts the pictures of a folder whose true counts are known, without a database.
///
/// One picture is computed at a time, so that its seconds are its own; the next one is decoded meanwhile, which on a machine
/// of few cores takes some of them.
public struct FolderEvaluation: Sendable {
    /// What came of the folder.
    public struct Outcome: Sendable {
        /// Pictures that were counted, by name.
        public let observations: [Observation]
        /// Pictures that could not be decoded, by name, and why.
        public let refused: [(image: String, reason: String)]
        /// Files without a true count: they were not counted.
        public let untold: Int
    }

    private let folder: String
    private let pictures: [(name: String, truth: Double)]
    private let untold: Int

    /// Finds the pictures in a folder, or in the folder `images` under it.
    /// - Throws: `EvaluationError.unreadable`, `.noPictures`, or `.unknownPictures` where the truth names one that is
    ///   not there.
    public init(folder: String, truth: TruthList) throws(EvaluationError) {
        let (place, files) = try PictureFolder.files(of: folder, truth: truth)
        var match = TruthMatch(truth)
        var pictures: [(name: String, truth: Double)] = []
        for name in files {
            if let found = try match.find([name]) { pictures.append((name, found.count)) }
        }
        try match.requireAllFound(in: place)
        self.folder = place
        self.pictures = pictures
        untold = files.count - pictures.count
    }

    /// How many pictures are to be counted.
    public var count: Int { pictures.count }

    /// Counts every picture.
    /// - Parameter onProgress: called after each with how many are done.
    /// - Throws: `EvaluationError.unreadable` for a file that vanished, `.nothingCounted` where no picture could be
    ///   decoded, and errors of the engine.
    public func run(
        with network: LoadedNetwork, plan: TilePlan, decoder: PictureDecoder,
        onProgress: (Int) -> Void = { _ in }
    ) async throws -> Outcome {
        var observations: [Observation] = []
        var refused: [(image: String, reason: String)] = []
        let clock = ContinuousClock()
        var next: Task<CutPicture, any Error>?
        defer { next?.cancel() }
        for (index, picture) in pictures.enumerated() {
            let cutting = next ?? cut(index, for: network, plan: plan, decoder: decoder)
            next = index + 1 < pictures.count ? cut(index + 1, for: network, plan: plan, decoder: decoder) : nil
            do {
                let cut = try await cutting.value
                let started = clock.now
                let maps = try await network.engine.densities(of: cut.tiles)
                let seconds = started.duration(to: clock.now) / .seconds(1)
                observations.append(
                    Observation(
                        image: picture.name, truth: picture.truth, count: try network.count(cut, from: maps).people,
                        seconds: seconds))
            } catch let error as ImagingError {
                refused.append((picture.name, error.description))
            }
            try Task.checkCancellation()
            onProgress(index + 1)
        }
        if observations.isEmpty {
            throw EvaluationError.nothingCounted(place: folder, reason: refused.first?.reason ?? "there is none")
        }
        return Outcome(observations: observations, refused: refused, untold: untold)
    }

    private func cut(
        _ index: Int, for network: LoadedNetwork, plan: TilePlan, decoder: PictureDecoder
    ) -> Task<CutPicture, any Error> {
        let path = folder + "/" + pictures[index].name
        return Task { try await network.cut(WholeFile.read(path), by: plan, decoder: decoder) }
    }
}
