import Archive
import Arguments
import Density

/// The options that say what a run is to be: the same wherever one is made.
enum RunOptions {
    static let cards = Option(
        "cards", value: "label=WORD", "Only cards with this label count the run, see headcount card label (all cards).")

    static func request(_ invocation: Invocation) throws -> EnqueueRequest {
        let set = invocation.required(0)
        try ImageSetName.check(set)
        var plan: TilePlan?
        if let text = invocation.value(of: "plan") {
            do throws(TilePlanError) {
                plan = try TilePlan(text)
            } catch {
                throw invocation.refusal(
                    of: "plan", needed: TilePlan.spelling)
            }
        }
        var label: String?
        if let text = invocation.value(of: cards.name) {
            guard text.hasPrefix("label="), text.count > "label=".count else {
                throw invocation.refusal(of: cards.name, needed: "label=WORD")
            }
            label = String(text.dropFirst("label=".count))
        }
        return EnqueueRequest(
            set: set, model: invocation.value(of: "model"), plan: plan,
            priority: try invocation.integer(of: "priority", in: -1000...1000) ?? 0,
            keepsDensity: invocation.has("density"), cardLabel: label)
    }
}
