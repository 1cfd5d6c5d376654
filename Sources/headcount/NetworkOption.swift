import Arguments
import Fetch

/// The option that allows private and special networks: the same wherever pictures are fetched.
enum NetworkOption {
    static let option = Option(
        "allow-network", value: "CIDR[,CIDR...]",
        "Private or special networks that pictures may be fetched from, such as 127.0.0.0/8 (none).")

    /// The networks it names; none where it is not given.
    static func value(_ invocation: Invocation) throws(UsageError) -> [Network] {
        guard let text = invocation.value(of: option.name) else { return [] }
        do throws(FetchError) {
            return try text.split(separator: ",", omittingEmptySubsequences: false)
                .map { (part) throws(FetchError) in try Network(String(part)) }
        } catch {
            throw invocation.refusal(of: option.name, needed: "networks such as 10.0.0.0/8, with commas between them")
        }
    }
}
