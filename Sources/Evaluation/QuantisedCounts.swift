import Counting
import Density
import Digest
import Inference
import Models

/// Counts of a quantised network, kept: a tile may take seconds, and a study that was interrupted goes on.
///
/// The network is loaded when the first count is missing. One caller at a time.
actor QuantisedCounts {
    private let study: CalibrationStudy
    private let archive: String
    private let digest: SHA256Digest
    private let arithmetic: SHA256Digest
    private var loaded: LoadedNetwork?

    /// - Parameter archive: what `Compilation.reference` kept of the network.
    init(_ study: CalibrationStudy, archive: String) throws {
        self.study = study
        self.archive = archive
        digest = try SHA256Digest(ofFile: archive)
        arithmetic = try study.compilation.arithmetic()
    }

    /// What the network counts in each of some pictures.
    func samples(of pictures: [CalibrationStudy.Seen]) async throws -> [CalibrationErrors.Sample] {
        var samples: [CalibrationErrors.Sample] = []
        for (index, seen) in pictures.enumerated() {
            study.say("counting with INT8, \(index + 1) of \(pictures.count)")
            let key = try key(of: seen.picture)
            let people: Double
            if let kept = study.compilation.keptNumber(key) {
                people = kept
            } else {
                let int8 = try await network()
                people = try int8.count(
                    seen.picture, from: try await int8.engine.densities(of: seen.picture.tiles)
                ).people
                try study.compilation.keep(people, as: key)
            }
            samples.append((seen.source.truth, seen.people, people))
        }
        return samples
    }

    /// Ends the network, where it was needed.
    func close() async {
        await loaded?.engine.close()
        loaded = nil
    }

    private func network() async throws -> LoadedNetwork {
        if let loaded { return loaded }
        let network = try await study.quantised(archive)
        loaded = network
        return network
    }

    /// All that the count hangs on: the network, the pixels, and how their densities are put together.
    private func key(of picture: CutPicture) throws -> String {
        var pixels = try SHA256()
        for tile in picture.tiles {
            for row in 0..<tile.size.height {
                let start = tile.offset(ofRow: row)
                try tile.picture.pixels[start..<start + tile.size.width * Picture.channels].withUnsafeBytes {
                    try pixels.update($0)
                }
            }
        }
        return "INT8 count, arithmetic \(Preprocessing.version), \(arithmetic), \(digest), "
            + "\(study.plan) of \(picture.size), \(study.description.preprocessing), "
            + "\(study.description.densityScale), \(study.network.engine.geometry.cells), \(try pixels.finish())"
    }
}
