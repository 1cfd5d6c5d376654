import Arguments
import Density
import Evaluation
import FoundationEssentials
import Imaging
import Models

/// Pictures to measure with: smooth colours and grain, which compress like photographs.
enum BenchPictures {
    /// The sizes that the option `sizes` names.
    static func sizes(_ invocation: Invocation) throws -> [PixelSize] {
        let text = invocation.value(of: "sizes") ?? "1024x768"
        let sizes = text.split(separator: ",", omittingEmptySubsequences: false).map(size)
        guard sizes.allSatisfy({ $0 != nil }) else {
            throw invocation.refusal(of: "sizes", needed: "sizes such as 1024x768, with commas between them")
        }
        return sizes.compactMap { $0 }
    }

    /// What is served to a worker: the pictures of the folder that the option `pictures` names, or own ones of the sizes
    /// that are asked for, 32 or more.
    static func served(_ invocation: Invocation) throws -> [(bytes: [UInt8], size: PixelSize)] {
        guard let folder = invocation.value(of: "pictures") else {
            return try own(of: sizes(invocation))
        }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder), !names.isEmpty else {
            throw ModelsError.unreadable(path: folder, reason: "no such folder, or nothing in it")
        }
        return try names.sorted().map { name in
            let bytes = [UInt8](FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data())
            return (
                bytes,
                try naming("\(folder)/\(name)") { () throws(ImagingError) in
                    try PictureDecoder().header(of: bytes).size
                }
            )
        }
    }

    /// Gives the errors of a picture the name of its file.
    static func naming<Result>(_ path: String, _ body: () throws(ImagingError) -> Result) throws(EvaluationError)
        -> Result
    {
        do throws(ImagingError) {
            return try body()
        } catch {
            throw .badPicture(path: path, reason: error.description)
        }
    }

    /// Pictures of its own, of these sizes in turn.
    static func own(of sizes: [PixelSize]) throws -> [(bytes: [UInt8], size: PixelSize)] {
        try (0..<max(sizes.count, different / sizes.count * sizes.count)).map { number in
            let size = sizes[number % sizes.count]
            return (try jpeg(size, seed: UInt64(number)), size)
        }
    }

    /// Different pictures of its own; more are the same again under other URLs.
    private static let different = 32

    /// The one size that an option names.
    static func size(of option: String, _ invocation: Invocation) throws -> PixelSize? {
        guard let text = invocation.value(of: option) else { return nil }
        guard let size = size(text[...]) else {
            throw invocation.refusal(of: option, needed: "a size such as 1024x768")
        }
        return size
    }

    private static func size(_ text: Substring) -> PixelSize? {
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let width = sides[0], let height = sides[1],
            (1...20_000).contains(width), (1...20_000).contains(height)
        else { return nil }
        return PixelSize(width: width, height: height)
    }

    /// Runs `body` with the files that the command line names, or with pictures of its own for as long as it runs.
    static func withFiles<Result>(
        _ invocation: Invocation, _ body: ([String]) async throws -> Result
    ) async throws -> Result {
        var paths: [String] = []
        while let path = invocation.argument(paths.count) { paths.append(path) }
        if !paths.isEmpty { return try await body(paths) }
        let folder = try BenchFolder()
        paths = try (0..<8).map { number in
            let bytes = try jpeg(PixelSize(width: 2048, height: 1536), seed: UInt64(number))
            return try folder.write(bytes, to: "\(number).jpg")
        }
        return try await body(paths)
    }

    /// A JPEG of about 1.5 bits a pixel.
    static func jpeg(_ size: PixelSize, seed: UInt64) throws -> [UInt8] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
        func next() -> UInt64 {
            // Marsaglia's xorshift64.
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        let coarse = Picture(size: PixelSize(width: max(1, size.width / 16), height: max(1, size.height / 16))) {
            for place in $0.indices { $0[place] = UInt8(truncatingIfNeeded: next() >> 32) }
        }
        let smooth = try coarse.resized(to: size)
        let grained = Picture(size: size) { pixels in
            for place in pixels.indices {
                pixels[place] = smooth.pixels[place] / 8 * 7 + UInt8(truncatingIfNeeded: next() >> 32) / 24
            }
        }
        return try PictureEncoder.jpeg(grained, quality: 85)
    }
}
