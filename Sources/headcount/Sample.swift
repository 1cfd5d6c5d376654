import Archive
import Arguments
import Scenes
import Terminal

/// `headcount sample`
enum Sample: Action {
    static let command = Command(
        "sample", "Render a sample archive of crowd scenes, with true counts",
        discussion: """
            Writes images/, truth.csv (image,count) and points.csv (image,x,y of each head in pixels).
            The same seed gives the same bytes; more images begin with those that fewer would give.
            """,
        positionals: [Positional("DIR", "The folder to write; new, or a sample archive already.")],
        options: [
            Option("images", value: "N", "How many, 1 to 1000000 (24)."),
            Option("seed", value: "S", "A whole number, 0 to 9223372036854775807 (1)."),
        ],
        examples: ["headcount sample archive --images 24 --seed 7"])

    static func run(_ invocation: Invocation, _ context: Context) async throws -> ExitStatus {
        let folder = invocation.required(0)
        let images = try invocation.integer(of: "images", in: 1...1_000_000) ?? 24
        let seed = try invocation.integer(of: "seed", in: 0...Int.max) ?? 1
        let console = context.console
        let summary = try SampleArchive.write(to: folder, images: images, seed: UInt64(seed)) { done in
            console.showProgress("\(Numbers.grouped(done)) of \(Numbers.grouped(images)) rendered")
        }
        console.clearProgress()
        console.say(
            "Rendered \(Numbers.grouped(summary.images)) pictures of \(Numbers.grouped(summary.heads)) people "
                + "into \(folder).")
        return .success
    }
}
