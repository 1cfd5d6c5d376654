public import Archive

extension Subject {
    /// What a run counted with.
    public init(_ run: EvaluatedRun) {
        self.init(
            model: run.model, digest: run.digest, plan: run.plan, engine: run.engines, simulated: run.simulated)
    }
}
