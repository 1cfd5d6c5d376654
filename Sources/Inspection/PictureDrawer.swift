public import Archive
import Charts
import Counting
import Density
import Digest
public import Fetch
public import Imaging

/// Draws where the people are in single pictures of runs.
///
/// A density map that the database keeps is drawn over the picture, or over plain gray where the picture is gone. Where
/// it keeps none the network is run again, if there is an engine to run it on.
public struct PictureDrawer: Sendable {
    private let archive: Archive
    private let fetcher: Fetcher
    private let decoder: any PictureDecoding
    private let inspector: PictureInspector?

    /// A drawer over a connection of its own.
    /// - Parameter inspector: runs networks again; `nil` where only what is kept can be drawn.
    public init(archive: Archive, fetcher: Fetcher, decoder: any PictureDecoding, inspector: PictureInspector?) {
        self.archive = archive
        self.fetcher = fetcher
        self.decoder = decoder
        self.inspector = inspector
    }

    /// Draws one image of a run.
    /// - Parameter longest: the longer side of what is drawn, at most, in pixels.
    /// - Throws: `InspectionError.nothingKept`, and where the network is run again what stands in its way.
    public func draw(_ image: Int, ofRun run: Int, longest: Int) async throws -> DrawnPicture {
        try await archive.reconnect()
        let stored = try await archive.storedImage(image, run: run)
        if let density = stored.density, let size = stored.size {
            let found = await picture(of: stored, size: size.bounded(to: longest))
            let heat = HeatMap(of: density.map, over: size)
            return DrawnPicture(
                picture: heat.overlay(on: found.picture), source: .kept, people: density.map.count,
                highest: heat.scale.highest, problem: found.problem)
        }
        guard let inspector else { throw InspectionError.nothingKept }
        let found = try await inspector.inspect(stored.url, ofRun: run, longest: longest)
        let heat = HeatMap(of: found.count.density, over: found.count.size)
        return DrawnPicture(
            picture: heat.overlay(on: found.picture), source: .computed, people: found.count.people,
            highest: heat.scale.highest, problem: Self.change(found.digest, since: stored))
    }

    /// Ends what is under way. Nobody may use the drawer any more.
    public func close() async {
        fetcher.close()
        await inspector?.close()
        await archive.close()
    }

    private func picture(of stored: StoredImage, size: PixelSize) async -> (picture: Picture, problem: String?) {
        do {
            let bytes = try await fetcher.fetch(stored.url).bytes
            let picture = try await decoder.decode(bytes, resizedTo: size, by: .area)
            return (picture, Self.change(try SHA256Digest(of: bytes), since: stored))
        } catch {
            let gray = PixelColour(red: 96, green: 96, blue: 96)
            return (Picture(size: size, colour: gray), "the picture itself cannot be had: \(error)")
        }
    }

    private static func change(_ digest: SHA256Digest, since stored: StoredImage) -> String? {
        guard let before = stored.pictureDigest else { return nil }
        return digest.bytes.elementsEqual(before) ? nil : "the picture was changed since it was counted"
    }
}
