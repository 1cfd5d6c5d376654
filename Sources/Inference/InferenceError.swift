/// Why an engine could not be opened, or could not compute.
public enum InferenceError: Error, Equatable, CustomStringConvertible {
    /// A runtime library could not be opened; `reason` is the loader's, `remedy` says how to come by it.
    case libraryMissing(name: String, searched: [String], reason: String, remedy: String)
    /// A runtime library lacks an interface this program calls.
    case symbolMissing(library: String, symbol: String)
    /// The model is not one this engine can run: what was found and what is needed.
    case modelRefused(model: String, found: String, needed: String)
    /// A call of the runtime failed.
    case callFailed(call: String, model: String, reason: String)
    /// The device failed or is gone; the engine will not recover by itself.
    case deviceFailed(device: String, reason: String)
    /// Tiles of another size than the network's.
    case tileSize(found: String, needed: String)
    /// The engine was closed.
    case closed(device: String)
    /// The task was cancelled before all its tiles were computed.
    case cancelled

    /// True where the device is at fault, or is no longer this engine's, whatever the network.
    public var isOfDevice: Bool {
        switch self {
        case .deviceFailed, .closed, .cancelled: true
        case .libraryMissing, .symbolMissing, .modelRefused, .callFailed, .tileSize: false
        }
    }

    /// One line for people.
    public var description: String {
        switch self {
        case .libraryMissing(let name, let searched, let reason, let remedy):
            "cannot open \(name) (looked for \(searched.joined(separator: ", "))): \(reason); \(remedy)"
        case .symbolMissing(let library, let symbol):
            "\(library) has no \(symbol): it is another version than this program was written for"
        case .modelRefused(let model, let found, let needed):
            "model \(model) cannot be used: it has \(found), needed is \(needed)"
        case .callFailed(let call, let model, let reason):
            "\(call) failed for model \(model): \(reason)"
        case .deviceFailed(let device, let reason):
            "device \(device) failed: \(reason)"
        case .tileSize(let found, let needed):
            "a tile of \(found) was handed to a network of \(needed)"
        case .closed(let device):
            "the engine on \(device) is closed"
        case .cancelled:
            "the computation was cancelled"
        }
    }
}
