import Archive
import Arguments

/// The option that names a class of failure.
enum FailureOption {
    static let option = Option(
        "class", value: "CLASS",
        "One class of failure: " + FailureClass.allCases.map(\.rawValue).joined(separator: ", ") + " (all).")

    static func value(_ invocation: Invocation) throws -> FailureClass? {
        guard let name = invocation.value(of: option.name) else { return nil }
        guard let failure = FailureClass(rawValue: name) else {
            throw invocation.refusal(
                of: option.name, needed: "one of " + FailureClass.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return failure
    }
}
