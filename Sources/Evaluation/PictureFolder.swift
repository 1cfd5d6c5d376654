/// The pictures of a folder, with their true counts where these are known.
public struct PictureFolder: Sendable {
    /// Every file, sorted by name; of those with a true count alone where a list was given.
    public let sources: [CalibrationStudy.Source]

    /// Finds the pictures in a folder, or in the folder `images` under it.
    /// - Throws: `EvaluationError.unreadable`, `.noPictures`, or `.unknownPictures` where the truth names one that is
    ///   not there.
    public init(folder: String, truth: TruthList?) throws(EvaluationError) {
        var place = folder
        var files = try WholeFile.names(in: place)
        if let inner = try? WholeFile.names(in: folder + "/images") {
            place += "/images"
            files = inner
        }
        guard !files.isEmpty else { throw .noPictures(place: folder) }
        guard let truth else {
            sources = files.map { .init(path: place + "/" + $0, name: $0, truth: nil) }
            return
        }
        var match = TruthMatch(truth)
        var told: [CalibrationStudy.Source] = []
        for name in files {
            if let found = try match.find([name]) {
                told.append(.init(path: place + "/" + name, name: name, truth: found.count))
            }
        }
        try match.requireAllFound(in: place)
        sources = told
    }
}
