import Archive
import Arguments
import Charts
import Counting
import Density
import Digest
import Imaging
import Inspection
import Reports
import Terminal

/// `headcount report`
enum Report: Action {
    static let command = Command(
        "report", "Write a report of a set's counts as one HTML file",
        discussion: """
            Totals, how many people are in a picture, over time where taken_at is known, by folder, the most
            crowded pictures with heat maps, what failed, and how it was counted. The file needs nothing
            else: it can be mailed, printed and kept. Heat maps are drawn over the picture, which is
            fetched for that; without a density map in the database (headcount enqueue --density) the
            network is run on it once more. What cannot be fetched is shown without its picture.
            """,
        positionals: [Positional("SET", "Name of the image set.")],
        options: [
            Option("output", letter: "o", value: "FILE", "Where to (standard output)."),
            Option("run", value: "N", "The run (the set's newest)."),
            Option("pictures", value: "N", "How many of the most crowded pictures to tell of, 0 to 200 (12)."),
            Option(flag: "no-pictures", "Leave pictures and heat maps out, and fetch nothing."),
            Context.databaseOption,
        ] + PictureOptions.all,
        examples: [
            "headcount report museum -o report.html",
            "headcount report museum --no-pictures > report.html",
        ])

    /// Longest side of an embedded picture in pixels.
    private static let longest = 640

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let run = try invocation.integer(of: "run", in: 1...Int(Int32.max))
        let most = try invocation.integer(of: "pictures", in: 0...200) ?? 12
        try PictureOptions.check(invocation)
        let archive = try await context.openArchive(invocation, as: "report")
        let report = try await archive.report(ofSet: invocation.required(0), run: run, crowded: most)
        var pictures: [CrowdedPicture]?
        if !invocation.has("no-pictures") {
            pictures = try await draw(report, invocation, context, archive)
        }
        await archive.close()
        let page = ReportPage(report, pictures: pictures, version: Version.current).html
        if let output = invocation.value(of: "output") {
            try OutputFile.write(Array(page.utf8), to: output)
            context.console.say("The report is \(output).")
        } else {
            try context.console.output(page)
        }
        return .success
    }

    private static func draw(
        _ report: RunReport, _ invocation: Invocation, _ context: Context, _ archive: Archive
    ) async throws -> [CrowdedPicture] {
        guard !report.crowded.isEmpty else { return [] }
        let source = PictureSource(
            fetcher: try PictureOptions.fetcher(invocation),
            decoder: try PictureOptions.decoder(invocation))
        // Where every density is at hand, no engine is needed, and there may be none.
        let needsEngine = report.crowded.contains { $0.density == nil }
        let inspector = needsEngine ? try PictureOptions.inspector(invocation)(archive) : nil
        var drawn: [CrowdedPicture] = []
        for (index, picture) in report.crowded.enumerated() {
            context.console.showProgress("Drawing picture \(index + 1) of \(report.crowded.count)")
            drawn.append(try await draw(picture, ofRun: report.run.runID, source, inspector))
        }
        context.console.clearProgress()
        await inspector?.close()
        return drawn
    }

    /// One picture that cannot be had must not cost the others.
    private static func draw(
        _ crowded: RunReport.Crowded, ofRun run: Int, _ source: PictureSource, _ inspector: PictureInspector?
    ) async throws -> CrowdedPicture {
        let own = PixelSize(width: crowded.width, height: crowded.height)
        do {
            if let density = crowded.density {
                let found = try await source.picture(crowded.url, longest: longest)
                return .drawn(
                    jpeg: try jpeg(density.map, own, over: found.picture),
                    isChanged: found.digest.description != crowded.pictureDigest)
            }
            guard let inspector else { return .missing(reason: "no engine is open") }
            let found = try await inspector.inspect(crowded.url, ofRun: run, longest: longest)
            return .drawn(
                jpeg: try jpeg(found.count.density, found.count.size, over: found.picture),
                isChanged: found.digest.description != crowded.pictureDigest)
        } catch let error where ErrorLine.isInterruption(error) {
            throw error
        } catch {
            let reason = ErrorLine.text(of: error)
            guard let density = crowded.density else { return .missing(reason: reason) }
            let ground = Picture(size: own.bounded(to: longest), colour: PixelColour(red: 110, green: 110, blue: 110))
            return .densityAlone(jpeg: try jpeg(density.map, own, over: ground), reason: reason)
        }
    }

    private static func jpeg(_ density: DensityMap, _ own: PixelSize, over picture: Picture) throws -> [UInt8] {
        try PictureEncoder.jpeg(HeatMap(of: density, over: own).overlay(on: picture), quality: 82)
    }
}
