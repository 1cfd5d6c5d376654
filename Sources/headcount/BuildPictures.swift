import Archive
import Arguments
import Density
import Evaluation
import Fetch
import Imaging
import Models
import Terminal

/// The pictures that a build calibrates and measures on: those of a folder, or a sample of an image set.
struct BuildPictures {
    static let options = [
        Option("images", value: "DIR", "Pictures to calibrate on and to measure on, or DIR/images."),
        Option(
            "set", value: "SET",
            "An image set of the database to draw them from instead, as many as are needed; those with a true count first."
        ),
        Option(
            "truth", value: "FILE",
            "True counts of them, where known: CSV with the columns image and count (of a set, headcount.truth)."),
        Option("seed", value: "N", "The same seed draws and shares out the same pictures (1)."),
    ]

    /// Where they are.
    let sources: [CalibrationStudy.Source]
    /// What decodes them.
    let decoder: any PictureDecoding

    /// Finds them; those of a set are fetched and kept in the cache of builds.
    /// - Throws: `EvaluationError.tooFewPictures`, before anything is compiled.
    static func find(
        _ invocation: Invocation, _ context: Context, settings: CalibrationStudy.Settings
    ) async throws -> BuildPictures {
        let truth = try invocation.value(of: "truth").map(TruthList.init(path:))
        switch (invocation.value(of: "images"), invocation.value(of: "set")) {
        case (let folder?, nil):
            let strays = WorkOptions.fetchOptions + [Context.databaseOption]
            if let stray = strays.first(where: { invocation.value(of: $0.name) != nil || invocation.has($0.name) }) {
                throw UsageError.conflict("--\(stray.name) goes with --set", path: invocation.path)
            }
            return try await pictures(in: folder, truth, context.console)
        case (nil, let set?):
            return try await sample(of: set, truth, invocation, context, settings)
        case (nil, nil):
            throw UsageError.conflict("--images DIR or --set SET is missing", path: invocation.path)
        case (_?, _?):
            throw UsageError.conflict("--images and --set exclude each other", path: invocation.path)
        }
    }

    private static func say(_ sources: [CalibrationStudy.Source], of place: String, _ console: Console) {
        let told = sources.count { $0.truth != nil }
        console.say(
            "\(Numbers.counted(sources.count, "picture")) of \(place), \(told == 0 ? "none" : "\(told)") with a true "
                + "count.")
    }

    private init(_ sources: [CalibrationStudy.Source], decoder: any PictureDecoding) throws(EvaluationError) {
        guard sources.count >= CalibrationStudy.fewest else {
            throw .tooFewPictures(found: sources.count, needed: CalibrationStudy.fewest)
        }
        self.sources = sources
        self.decoder = decoder
    }

    private static func pictures(
        in folder: String, _ truth: TruthList?, _ console: Console
    ) async throws -> BuildPictures {
        let decoder = PictureDecoder()
        let (sources, refused) = try await PictureFolder(folder: folder, truth: truth).readable(by: decoder)
        warn(of: refused, console)
        guard !sources.isEmpty else { throw EvaluationError.noPictures(place: folder) }
        if truth != nil { say(sources, of: folder, console) }
        return try BuildPictures(sources, decoder: decoder)
    }

    private static func warn(of refused: [(image: String, reason: String)], _ console: Console) {
        for refused in refused.prefix(5) { console.warn("\(refused.image) left out: \(refused.reason)") }
        if refused.count > 5 { console.warn("\(Numbers.counted(refused.count - 5, "more picture")) left out") }
    }

    private static func sample(
        of set: String, _ truth: TruthList?, _ invocation: Invocation, _ context: Context,
        _ settings: CalibrationStudy.Settings
    ) async throws -> BuildPictures {
        let fetcher = try Fetcher(WorkOptions.fetching(invocation))
        defer { fetcher.close() }
        let console = context.console
        // Strangers' pictures: decoded where a crash ends nothing else.
        let decoder = DecoderOptions.decoder(invocation, limits: try WorkOptions.limits(invocation), atOnce: 2)
        let archive = try await context.openArchive(invocation, as: "model build")
        let sample = try await PictureSample(
            of: set, in: archive, truth: truth, wanted: settings.pictures, seed: settings.seed, decoder: decoder,
            fetch: { try await fetcher.fetch($0).bytes }, redact: Fetcher.redacted,
            keep: { try BuildCache.keep($0, in: BuildCache.standardFolder) }, say: { console.showProgress($0) })
        await archive.close()
        console.clearProgress()
        warn(of: sample.refused, console)
        say(sample.sources, of: set, console)
        return try BuildPictures(sample.sources, decoder: decoder)
    }
}
