public import Imaging

/// The pictures of a folder, with their true counts where these are known.
public struct PictureFolder: Sendable {
    /// Every file, sorted by name.
    public let sources: [CalibrationStudy.Source]

    /// Finds the pictures in a folder, or in the folder `images` under it.
    /// - Throws: `EvaluationError.unreadable`, `.noPictures`, or `.unknownPictures` where the truth names one that is
    ///   not there.
    public init(folder: String, truth: TruthList?) throws(EvaluationError) {
        let (place, files) = try Self.files(of: folder, truth: truth)
        guard let truth else {
            sources = files.map { .init(path: place + "/" + $0, name: $0, truth: nil) }
            return
        }
        var match = TruthMatch(truth)
        var found: [CalibrationStudy.Source] = []
        for name in files {
            found.append(.init(path: place + "/" + name, name: name, truth: try match.find([name])?.count))
        }
        try match.requireAllFound(in: place)
        sources = found
    }

    /// The files that may be pictures: those of the folder where the truth names one of them, else those of the folder
    /// `images` under it where there are any.
    /// - Throws: `EvaluationError.unreadable`, or `.noPictures` where there is no file.
    static func files(
        of folder: String, truth: TruthList?
    ) throws(EvaluationError) -> (place: String, names: [String]) {
        let names = try WholeFile.names(in: folder)
        let isNamed = names.contains { truth?.counts[$0] != nil }
        if !isNamed, let inner = try? WholeFile.names(in: folder + "/images"), !inner.isEmpty {
            return (folder + "/images", inner)
        }
        guard !names.isEmpty else { throw .noPictures(place: folder) }
        return (folder, names)
    }

    /// Tells by the heads of the files which are pictures.
    /// - Returns: those, and why others are none, by name.
    /// - Throws: `EvaluationError.unreadable`, `CancellationError`.
    public func readable(
        by decoder: any PictureDecoding
    ) async throws -> (sources: [CalibrationStudy.Source], refused: [(image: String, reason: String)]) {
        var readable: [CalibrationStudy.Source] = []
        var refused: [(image: String, reason: String)] = []
        for source in sources {
            try Task.checkCancellation()
            do {
                _ = try await decoder.header(of: WholeFile.read(source.path))
                readable.append(source)
            } catch let error as ImagingError {
                refused.append((source.name, error.description))
            }
        }
        return (readable, refused)
    }
}
