import Counting
import Density
import Evaluation
import Inference
import Models
import Terminal

/// A network quantised for the CPU too: offered where it is the faster and errs little more.
struct CPUQuantisation {
    let compilation: Compilation
    let description: NetworkDescription
    let library: OpenVINOLibrary
    /// Share of the network's own figure by which INT8 may be off.
    let tolerance: Double
    /// What quantises, and its version.
    let quantiser: String

    /// Quantises on the tiles of a calibration, measures the time of a tile and the errors on the pictures that
    /// calibrations were compared on.
    /// - Parameter origin: of the model for the chip, made on the same tiles.
    /// - Returns: what was found, for people, and the model where it is worth having.
    func compared(
        with float: any InferenceEngine, calibration: Calibration, _ outcome: CalibrationStudy.Outcome, name: String,
        origin: ModelOrigin
    ) async throws -> (words: String, model: BuiltModel?) {
        let path: String
        do {
            path = try await compilation.cpuInt8(calibration)
        } catch ModelsError.buildFailed(_, let reason, let log) {
            return ("INT8 is not offered for this CPU: it could not be quantised for it: \(reason) (see \(log)).", nil)
        }
        do {
            return try await measured(path, with: float, outcome, name: name, origin: origin)
        } catch InferenceError.cancelled {
            throw InferenceError.cancelled
        } catch let failure as InferenceError {
            // The model for the chip is done: this one was only to be offered.
            return ("INT8 is not offered for this CPU: \(failure)", nil)
        }
    }

    private func measured(
        _ path: String, with float: any InferenceEngine, _ outcome: CalibrationStudy.Outcome, name: String,
        origin: ModelOrigin
    ) async throws -> (words: String, model: BuiltModel?) {
        let int8 = LoadedNetwork(
            name: description.name, engine: try OpenVINOEngine(network: description.with(file: path), library: library),
            padding: description.preprocessing.padding)
        let times: (float: Double, int8: Double)
        let (errors, report): (CalibrationErrors, CalibrationErrors)
        do {
            times = (try await Self.secondsPerTile(float), try await Self.secondsPerTile(int8.engine))
            errors = try await outcome.selectionErrors(of: int8)
            report = try await outcome.testErrors(of: int8)
        } catch {
            await int8.engine.close()
            throw error
        }
        await int8.engine.close()
        let words = Self.words(times, errors, against: outcome.float.selection)
        let offer = ProcessorOffer(
            float: times.float, int8: times.int8, loss: errors.loss(against: outcome.float.selection))
        if let reason = offer.refusal(tolerance: tolerance) {
            return (words + ": INT8 is not offered for it, which \(reason).", nil)
        }
        var model = BuiltModel(
            name: name,
            origin: ModelOrigin(
                compiler: quantiser, network: origin.network, calibration: origin.calibration, thresholds: "minmax",
                floatLayers: 0, scale: origin.scale, images: report.images, floatMAE: origin.floatMAE,
                int8MAE: report.mae, difference: report.difference))
        model.add(path, as: name + ".onnx", for: .openvino, batch: 1)
        return (words + ": see \(name).json.", model)
    }

    private static func words(
        _ times: (float: Double, int8: Double), _ errors: CalibrationErrors, against exact: CalibrationErrors
    ) -> String {
        let milliseconds = { (seconds: Double) in Numbers.fixed(seconds * 1000, digits: 1) }
        var words =
            "On this CPU a tile takes \(milliseconds(times.float)) ms in FP32 and \(milliseconds(times.int8)) ms in INT8, "
            + "whose counts of the \(Numbers.counted(errors.images, "picture")) compared on are off by "
            + "\(Numbers.fixed(errors.difference, digits: 2)) of \(Numbers.fixed(errors.people, digits: 1)) on average"
        if let mae = errors.mae, let own = exact.mae {
            words += " (MAE \(Numbers.fixed(mae, digits: 2)), FP32 \(Numbers.fixed(own, digits: 2)))"
        }
        return words
    }

    /// The best of five rounds of four tiles, or of those that ten seconds hold.
    private static func secondsPerTile(_ engine: any InferenceEngine) async throws -> Double {
        let picture = Picture(size: engine.geometry.tile, colour: PixelColour(red: 90, green: 120, blue: 60))
        let tiles = [Tile](repeating: Tile(picture), count: 4)
        let clock = ContinuousClock()
        let enough = clock.now + .seconds(10)
        var best = Double.infinity
        for round in 0..<5 where round == 0 || clock.now < enough {
            let started = clock.now
            _ = try await engine.densities(of: tiles)
            best = min(best, started.duration(to: clock.now) / .seconds(1) / 4)
        }
        return best
    }
}
