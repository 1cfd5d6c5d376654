/// A picture of more bytes than one may have within the memory of this worker; one with more memory may take it.
struct TooLargeForMemory: Error, CustomStringConvertible {
    /// Without what may be secret.
    let url: String
    /// The most bytes that a picture may have.
    let limit: Int

    /// One line for people.
    var description: String {
        "\(url): larger than the \(limit) bytes that a picture may have in this worker's memory: give it more with "
            + "--memory, then headcount retry"
    }
}
