import Archive
import Arguments
import CSV
import Charts
import Counting
import Density
import Digest
import Fetch
import Imaging
import Inspection
import Terminal

/// `headcount map`
enum DrawMap: Action {
    static let command = Command(
        "map", "Draw where the people of a picture are",
        discussion: """
            Draws the density over the picture, in colours of equal perceived steps, with a legend. --csv
            writes the grid instead: a line for each cell, in pixels of the picture, with the people in it.
            Where the run keeps density maps (headcount enqueue --density) the one kept with the count is
            taken: no engine is needed then, for --csv not even the picture, and where the picture is gone
            the map is drawn over gray. Else, and with --anew, the network of the run is run once more.
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
            Option(flag: "anew", "Fetch the picture and run the network again, whatever is kept."),
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
        let fetcher = try PictureOptions.fetcher(invocation)
        let archive = try await context.openArchive(invocation, as: "map")
        let image = try await archive.image(invocation.required(1), ofSet: invocation.required(0), run: run)
        let stored = try await archive.storedImage(image.number, run: image.run.runID)
        let map: Map
        if let density = stored.density?.map, let size = stored.size, !invocation.has("anew") {
            let ground =
                invocation.has("csv")
                ? nil : try await ground(of: stored, size.bounded(to: longest), fetcher, invocation, context)
            map = Map(people: image.count ?? density.count, density: density, size: size, ground: ground)
        } else {
            let inspector = try PictureOptions.inspector(invocation)(archive)
            let found = try await inspector.inspect(image.url, ofRun: image.run.runID, longest: longest)
            await inspector.close()
            map = Map(
                people: found.count.people, density: found.count.density, size: found.count.size,
                ground: found.picture)
        }
        fetcher.close()
        await archive.close()
        note(map, of: image, context)
        if invocation.has("csv") {
            let grid = csv(of: map)
            if let output {
                try OutputFile.write(Array(grid.utf8), to: output)
            } else {
                try context.console.output(grid)
            }
        } else if let output, let ground = map.ground {
            let colours = invocation.value(of: "colours") == "viridis" ? ColourMap.viridis : .inferno
            let sheet = HeatMap(of: map.density, over: map.size, colours: colours).sheet(
                on: ground, title: "\(Numbers.fixed(map.people, digits: 1)) people",
                details: "\(map.size) pixels, \(image.run.model), \(image.run.plan), run \(image.run.runID)")
            let bytes = ending == "png" ? try PictureEncoder.png(sheet) : try PictureEncoder.jpeg(sheet, quality: 92)
            try OutputFile.write(bytes, to: output)
        }
        return .success
    }

    /// Where the people of a picture are.
    private struct Map {
        let people: Double
        let density: DensityMap
        /// The picture's own size.
        let size: PixelSize
        /// What it is drawn over; `nil` where nothing is drawn.
        let ground: Picture?
    }

    /// The picture that was counted, or plain gray where it cannot be had: what was kept is worth being looked at alone.
    private static func ground(
        of stored: StoredImage, _ size: PixelSize, _ fetcher: Fetcher, _ invocation: Invocation, _ context: Context
    ) async throws -> Picture {
        do {
            let bytes = try await fetcher.fetch(stored.url).bytes
            let picture = try await PictureOptions.decoder(invocation).decode(bytes, resizedTo: size, by: .area)
            if let before = stored.pictureDigest, !(try SHA256Digest(of: bytes)).bytes.elementsEqual(before) {
                context.console.warn("the picture was changed since it was counted; the map is of the one before")
            }
            return picture
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            context.console.warn("the map is drawn without the picture: \(ErrorLine.text(of: error))")
            return Picture(size: size, colour: PixelColour(red: 96, green: 96, blue: 96))
        }
    }

    /// Says what was found, and where that is not what stands in the database.
    private static func note(_ map: Map, of image: RunImage, _ context: Context) {
        let people = Numbers.fixed(map.people, digits: 1)
        context.console.say("\(people) people, by run \(image.run.runID) (\(image.run.model), \(image.run.plan)).")
        if let count = image.count, (count - map.people).magnitude > 0.5 {
            context.console.warn(
                "the run counted \(Numbers.fixed(count, digits: 1)): the picture was changed since, or another engine "
                    + "counted it")
        }
    }

    private static func csv(of found: Map) -> String {
        let map = found.density
        let width = Double(found.size.width) / Double(map.size.width)
        let height = Double(found.size.height) / Double(map.size.height)
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
