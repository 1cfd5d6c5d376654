public import Archive
import Concurrency
import Density
public import Imaging

/// Some pictures of an image set, drawn by chance and fetched, with their true counts where these are known.
///
/// Those with a true count come first. The same seed draws the same images of the same set; one that cannot be had is
/// left out, and the next one drawn is taken in its place.
public struct PictureSample: Sendable {
    /// The pictures, in the order they were drawn.
    public let sources: [CalibrationStudy.Source]
    /// Pictures that could not be had, and why.
    public let refused: [(image: String, reason: String)]

    /// Pictures that are fetched and looked at at once: each may be as large as the fetcher allows.
    private static let atOnce = 8

    private enum Attempt: Sendable {
        case had(path: String)
        case refused(reason: String)
    }

    /// Draws, fetches and decodes.
    /// - Parameters:
    ///   - truth: true counts by URL, key, or the last part of a URL's path; those in `headcount.truth` where `nil`.
    ///   - wanted: so many, or as many as the set has; at most twice as many are tried.
    ///   - fetch: brings the bytes of a URL; whatever it throws but `CancellationError` is a reason to leave the picture
    ///     out.
    ///   - redact: the URL as it may be shown.
    ///   - keep: stores the bytes of a picture and returns the path of the file.
    ///   - say: told what is about to be done.
    /// - Throws: errors of the archive, `EvaluationError.unknownPictures`, `.ambiguousName`, and what `keep` throws.
    public init(
        of set: String, in archive: Archive, truth: TruthList?, wanted: Int, seed: UInt64,
        decoder: any PictureDecoding, fetch: @escaping @Sendable (_ url: String) async throws -> [UInt8],
        redact: (_ url: String) -> String, keep: @escaping @Sendable (_ content: [UInt8]) throws -> String,
        say: @Sendable (String) -> Void
    ) async throws {
        let images = try await archive.imageCount(ofSet: set)
        let told = try await Self.told(of: set, in: archive, truth: truth)
        var order = Self.order(of: images, told: told.keys.sorted(), seed: seed).makeIterator()
        var tries = 2 * wanted
        var sources: [CalibrationStudy.Source] = []
        var refused: [(image: String, reason: String)] = []
        var names: Set<String> = []
        while sources.count < wanted, tries > 0 {
            var numbers: [Int] = []
            while numbers.count < min(wanted - sources.count, tries, Self.atOnce), let number = order.next() {
                numbers.append(number)
            }
            if numbers.isEmpty { break }
            tries -= numbers.count
            say("fetching pictures of \(set), \(sources.count + 1) of \(min(wanted, images))")
            let drawn = try await archive.images(numbers, ofSet: set)
            let attempts = try await Self.attempts(drawn.map(\.url), decoder, fetch, keep)
            for (image, attempt) in zip(drawn, attempts) {
                var name = image.key ?? redact(image.url)
                // What tells two apart may be what is not shown.
                if !names.insert(name).inserted { name += " (image \(image.number))" }
                switch attempt {
                case .had(let path): sources.append(.init(path: path, name: name, truth: told[image.number]))
                case .refused(let reason): refused.append((name, reason))
                }
            }
        }
        self.sources = sources
        self.refused = refused
    }

    /// The numbers of a set's images as they are drawn: those with a true count, then the others.
    static func order(of images: Int, told: [Int], seed: UInt64) -> some Sequence<Int> {
        let known = Set(told)
        let first = DrawnPlaces(below: told.count, seed: seed).map { told[$0] }
        let others = DrawnPlaces(below: images, seed: seed &+ 1).lazy.map { $0 + 1 }.filter { !known.contains($0) }
        return Array([AnySequence(first), AnySequence(others)]).lazy.joined()
    }

    private static func told(of set: String, in archive: Archive, truth: TruthList?) async throws -> [Int: Double] {
        guard let truth else { return try await archive.truth(ofSet: set) }
        let state = Locked((match: TruthMatch(truth), told: [Int: Double]()))
        try await archive.images(ofSet: set) { image in
            try state.withLock { state throws(EvaluationError) in
                if let found = try state.match.find(url: image.url, key: image.key) {
                    state.told[image.number] = found.count
                }
            }
        }
        return try state.withLock { state throws(EvaluationError) in
            try state.match.requireAllFound(in: "the set \(set)")
            return state.told
        }
    }

    private static func attempts(
        _ urls: [String], _ decoder: any PictureDecoding, _ fetch: @escaping @Sendable (String) async throws -> [UInt8],
        _ keep: @escaping @Sendable ([UInt8]) throws -> String
    ) async throws -> [Attempt] {
        try await withThrowingTaskGroup(of: (Int, Attempt).self) { group in
            for (place, url) in urls.enumerated() {
                group.addTask { (place, try await attempt(url, decoder, fetch, keep)) }
            }
            var attempts: [Int: Attempt] = [:]
            for try await (place, attempt) in group { attempts[place] = attempt }
            return urls.indices.compactMap { attempts[$0] }
        }
    }

    private static func attempt(
        _ url: String, _ decoder: any PictureDecoding, _ fetch: @Sendable (String) async throws -> [UInt8],
        _ keep: @Sendable ([UInt8]) throws -> String
    ) async throws -> Attempt {
        let bytes: [UInt8]
        do {
            bytes = try await fetch(url)
            // To its last row: what is cut short must not end hours of work later.
            let size = try await decoder.header(of: bytes).size
            _ = try await decoder.decode(bytes, resizedTo: size.bounded(to: 64), by: .area)
        } catch {
            try Task.checkCancellation()
            return .refused(reason: "\(error)")
        }
        return .had(path: try keep(bytes))
    }
}
