import Density
import Inference

extension ModelManifest {
    /// A part of a manifest that cannot be used.
    struct Fault: Error, Equatable {
        /// Its path in the JSON, such as `input.mean`.
        let key: String
        /// What is wrong and what is needed, to follow the key in a sentence.
        let problem: String
    }

    /// The first part that cannot be used, in the order of the file; `nil` for a valid manifest.
    func firstFault() -> Fault? {
        nameFault() ?? inputFault() ?? outputFault() ?? filesFault()
    }

    private func nameFault() -> Fault? {
        let letters = Set("abcdefghijklmnopqrstuvwxyz0123456789-_")
        if name.isEmpty || name.utf8.count > Self.nameLimit || !name.allSatisfy(letters.contains)
            || name.hasPrefix("-") || name.hasPrefix("_")
        {
            return Fault(
                key: "name",
                problem: "is “\(name)”: needed are 1 to \(Self.nameLimit) lower-case letters, digits, - and _, "
                    + "the first a letter or a digit")
        }
        return nil
    }

    private func inputFault() -> Fault? {
        for (key, side) in [("width", input.width), ("height", input.height)] {
            if !(1...Self.sideLimit).contains(side) {
                return Fault(key: "input.\(key)", problem: "is \(side): needed are 1 to \(Self.sideLimit) pixels")
            }
            if output.stride > 0 && side % output.stride != 0 {
                return Fault(
                    key: "input.\(key)", problem: "is \(side), not a multiple of the output's stride \(output.stride)")
            }
        }
        for (key, values) in [("mean", input.mean), ("scale", input.scale)] {
            if values.count != input.colour.channels {
                return Fault(
                    key: "input.\(key)",
                    problem: "has \(values.count) values: \(input.colour.rawValue) needs \(input.colour.channels)")
            }
            if let value = values.first(where: { !Float($0).isFinite }) {
                return Fault(key: "input.\(key)", problem: "holds \(value), which is no finite 32-bit number")
            }
        }
        if input.scale.contains(where: { Float($0) == 0 }) {
            return Fault(key: "input.scale", problem: "holds 0: every channel would be lost")
        }
        return nil
    }

    private func outputFault() -> Fault? {
        if output.stride < 1 {
            return Fault(key: "output.stride", problem: "is \(output.stride): needed is at least 1 pixel")
        }
        let scale = Float(output.densityScale)
        if !(scale.isFinite && scale > 0) {
            return Fault(
                key: "output.densityScale", problem: "is \(output.densityScale): needed is a finite number above 0")
        }
        return nil
    }

    private func filesFault() -> Fault? {
        if files.isEmpty { return Fault(key: "files", problem: "names no engine") }
        for (engine, files) in files.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let key = "files.\(engine.rawValue)"
            if engine == .simulated { return Fault(key: key, problem: "is a simulated card, which has no files") }
            if files.isEmpty { return Fault(key: key, problem: "names no file") }
            for (index, file) in files.enumerated() {
                if !(1...Self.batchLimit).contains(file.batch) {
                    return Fault(
                        key: "\(key)[\(index)].batch",
                        problem: "is \(file.batch): needed are 1 to \(Self.batchLimit) tiles")
                }
                if !Self.staysInside(file.path) {
                    return Fault(
                        key: "\(key)[\(index)].path",
                        problem: "is “\(file.path)”: needed is a path inside the manifest's folder")
                }
            }
            if let factor = files.compactMap(\.factor).first(where: { !(Float($0).isFinite && Float($0) > 0) }) {
                return Fault(key: key, problem: "has the factor \(factor): needed is a finite number above 0")
            }
            if Set(files.map(\.factor)).count > 1 {
                return Fault(key: key, problem: "has files of different factors: needed is the same for all")
            }
            if Set(files.map(\.batch)).count < files.count {
                return Fault(key: key, problem: "has two files of one batch size")
            }
        }
        return nil
    }

    /// True for a relative path that no `..` leads out of its folder.
    private static func staysInside(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.allSatisfy { !["", ".", ".."].contains($0) } && !path.utf8.contains(0)
    }
}
