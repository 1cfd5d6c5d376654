import Archive
import Arguments
import Density

/// The options that say what a run is to be: the same wherever one is made.
enum RunOptions {
    static func request(_ invocation: Invocation) throws -> EnqueueRequest {
        var plan: TilePlan?
        if let text = invocation.value(of: "plan") {
            do throws(TilePlanError) {
                plan = try TilePlan(text)
            } catch {
                throw invocation.refusal(
                    of: "plan", needed: "auto, native, or grid:ROWSxCOLUMNS with 1 to \(TilePlan.gridLimit) each")
            }
        }
        return EnqueueRequest(
            set: invocation.required(0), model: invocation.value(of: "model"), plan: plan,
            priority: try invocation.integer(of: "priority", in: -1000...1000) ?? 0,
            keepsDensity: invocation.has("density"))
    }
}
