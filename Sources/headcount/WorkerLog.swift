import FoundationEssentials
import Terminal
import Worker

/// What a worker says while it works: sentences for people, or a JSON object a line for what reads logs.
struct WorkerLog: Sendable {
    /// Who reads it.
    enum Form: String, CaseIterable {
        case text
        case json
    }

    let console: Console
    let form: Form
    /// True for one of a coordinator's workers, which tell people only what is amiss.
    let isSupervised: Bool

    /// Something that is said in either form.
    func say(_ event: String, _ sentence: String) {
        switch form {
        case .text: if !isSupervised { console.say(sentence) }
        case .json: write(WorkerLogLine(.info, event, message: sentence))
        }
    }

    /// Something that people should mend, in either form.
    func warn(_ event: String, _ sentence: String) {
        switch form {
        case .text: console.warn(sentence)
        case .json: write(WorkerLogLine(.warning, event, message: sentence))
        }
    }

    func tell(_ event: WorkerEvent) {
        switch form {
        case .text: tellPeople(event)
        case .json: write(WorkerLogLine(event))
        }
    }

    /// How it stands, where there is no progress line to show it.
    func tell(_ progress: WorkerProgress) {
        if form == .json { write(WorkerLogLine(progress)) }
    }

    /// Failures of single images are not told: the progress line counts them.
    private func tellPeople(_ event: WorkerEvent) {
        switch event {
        case .started, .failed:
            break
        case .declined(let run, let reason):
            console.warn("run \(run) is left to other workers: \(reason)")
        case .slow(let picture):
            console.say("slow picture: \(Self.trace(of: picture))")
        case .databaseAway(let reason):
            console.warn("\(reason); work in flight goes on, and waits for it")
        case .databaseBack(let seconds):
            console.say("The database is back after \(Numbers.duration(seconds)).")
        case .resultsLocked(let reason):
            console.warn("\(reason): results of a run wait for somebody's lock; those of other runs are written")
        case .leasesLost(let count):
            console.warn(
                "\(Numbers.counted(count, "lease")) ended, by time or with their run; what was done for them is dropped"
            )
        case .signedOff(let worker):
            console.warn("worker \(worker) was signed off by somebody: what it held is dropped, and it registers anew")
        case .outdated(let reason):
            console.warn("\(reason); what is in flight is finished")
        case .graceOver(let images):
            console.warn("the time for finishing is over: \(Numbers.counted(images, "image")) given back")
        }
    }

    /// Where the time of a picture went, in one line.
    static func trace(of picture: SlowPicture) -> String {
        let steps = [
            ("waited to fetch", picture.waitedToFetch), ("connect", picture.connect),
            ("first byte", picture.firstByte), ("body", picture.body), ("waited to decode", picture.waitedToDecode),
            ("decode", picture.decode), ("infer", picture.infer),
        ]
        let times = steps.map { "\($0.0) \(Numbers.fixed($0.1, digits: 2))" }.joined(separator: ", ")
        return "\(Numbers.fixed(picture.total, digits: 1)) s for \(picture.url), "
            + "\(picture.ending.rawValue) (\(times); \(picture.width)x"
            + "\(picture.height), \(Numbers.grouped(picture.bytes)) bytes, \(Numbers.counted(picture.tiles, "tile")))"
    }

    private func write(_ line: WorkerLogLine) {
        // A line that cannot be written as JSON does not exist: all its values are finite numbers and text.
        guard let text = try? JSONText.line(line) else { return }
        console.say(String(text.dropLast()))
    }
}
