/// A run's network cannot be loaded by this worker.
struct NetworkUnavailable: Error, CustomStringConvertible {
    /// The model's name.
    let model: String
    /// What stood in the way.
    let reason: String

    /// One line for people.
    var description: String { "model \(model) cannot be loaded here: \(reason)" }
}
