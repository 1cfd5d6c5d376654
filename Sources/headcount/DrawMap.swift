import Archive
import Arguments
import CSV
import Charts
import Counting
import Density
import Imaging
import Inspection
import Terminal

/// `headcount map`
enum DrawMap: Action {
    static let command = Command(
        "map", "Draw where the people of a picture are",
        discussion: """
            Fetches the picture, runs the network of the run on it once more and draws the density over
            it, in colours of equal perceived steps, with a legend. --csv writes the grid instead: a line
            for each cell, in pixels of the picture, with the people in it.
            """,
        positionals: [
            Positional("SET", "Name of the image set."), Positional("URL", "URL of the picture, as enqueued."),
        ],
        options: [
            Option(
                "output", letter: "o", value: "FILE",
                "Where to: a file that ends in .png or .jpg; with --csv standard output if left out."),
            Option(flag: "csv", "Write the grid of people per cell."),
            Option("run", value: "N", "The run (the set's newest)."),
            Option("colours", choices: ["inferno", "viridis"], "The colours (inferno)."),
            Option("size", value: "N", "Longest side of the picture that is drawn, 64 to 8192 pixels (1600)."),
            Context.databaseOption,
        ] + PictureOptions.all,
        examples: [
            "headcount map museum https://example.org/1.jpg -o 1.png",
            "headcount map museum https://example.org/1.jpg --csv > 1.csv",
        ])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let output = invocation.value(of: "output")
        let ending = output.map { String($0.split(separator: ".").last ?? "").lowercased() }
        if !invocation.has("csv") {
            guard let ending else { throw UsageError.conflict("a picture needs -o FILE", path: path) }
            guard ["png", "jpg", "jpeg"].contains(ending) else {
                throw invocation.refusal(of: "output", needed: "a file that ends in .png or .jpg, or --csv")
            }
        }
        let run = try invocation.integer(of: "run", in: 1...Int(Int32.max))
        let longest = try invocation.integer(of: "size", in: 64...8192) ?? 1600
        let makeInspector = try PictureOptions.inspector(invocation)
        let archive = try await context.openArchive(invocation, as: "map")
        let image = try await archive.image(invocation.required(1), ofSet: invocation.required(0), run: run)
        let inspector = makeInspector(archive)
        let found = try await inspector.inspect(image.url, ofRun: image.run.runID, longest: longest)
        await inspector.close()
        await archive.close()
        note(found, of: image, context)
        if invocation.has("csv") {
            let grid = csv(of: found)
            if let output {
                try OutputFile.write(Array(grid.utf8), to: output)
            } else {
                try context.console.output(grid)
            }
        } else if let output {
            let colours = invocation.value(of: "colours") == "viridis" ? ColourMap.viridis : .inferno
            let sheet = HeatMap(of: found.count.density, over: found.count.size, colours: colours).sheet(
                on: found.picture, title: "\(Numbers.fixed(found.count.people, digits: 1)) people",
                details: details(of: found, image.run))
            let bytes = ending == "png" ? try PictureEncoder.png(sheet) : try PictureEncoder.jpeg(sheet, quality: 92)
            try OutputFile.write(bytes, to: output)
        }
        return .success
    }

    /// Says what was found, and where that is not what stands in the database.
    private static func note(_ found: InspectedPicture, of image: RunImage, _ context: Context) {
        let people = Numbers.fixed(found.count.people, digits: 1)
        context.console.say("\(people) people, by run \(image.run.runID) (\(image.run.model), \(image.run.plan)).")
        if let count = image.count, (count - found.count.people).magnitude > 0.5 {
            context.console.warn(
                "the run counted \(Numbers.fixed(count, digits: 1)): the picture was changed since, or another engine "
                    + "counted it")
        }
    }

    private static func details(of found: InspectedPicture, _ run: RunProgress) -> String {
        "\(found.count.size) pixels, \(run.model), \(run.plan), run \(run.runID)"
    }

    private static func csv(of found: InspectedPicture) -> String {
        let map = found.count.density
        let width = Double(found.count.size.width) / Double(map.size.width)
        let height = Double(found.count.size.height) / Double(map.size.height)
        var text = CSVWriter.record(["row", "column", "x", "y", "width", "height", "people"])
        for row in 0..<map.size.height {
            for column in 0..<map.size.width {
                text += CSVWriter.record([
                    "\(row)", "\(column)", Numbers.fixed(Double(column) * width, digits: 2),
                    Numbers.fixed(Double(row) * height, digits: 2), Numbers.fixed(width, digits: 2),
                    Numbers.fixed(height, digits: 2),
                    Numbers.fixed(Double(map.cells[row * map.size.width + column]), digits: 6),
                ])
            }
        }
        return text
    }
}
