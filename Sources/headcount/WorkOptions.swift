import Arguments
import Fetch
import Glibc
import Imaging
import Inference
import Terminal
import Worker

/// The options of a worker: how much at once, what is fetched, what is refused.
enum WorkOptions {
    static let all =
        [
            Option(
                "memory", value: "SIZE",
                "Memory that pictures may take at once, such as 512M (a quarter of the machine's). What cannot fit is too large."
            ),
            Option("fetches", value: "N", "Pictures fetched at once, 1 to 256 (from measured times)."),
            Option("decodes", value: "N", "Pictures decoded at once, 1 to 256 (from measured times)."),
            Option("ahead", value: "N", "Pictures under way at once, 1 to 4096 (from measured times)."),
            Option(
                "linger", value: "SECONDS",
                "How long tiles that do not fill a launch wait for others while nothing else is coming, 0 to 10 (0.05); twenty times as long while pictures are being decoded."
            ),
            Option(
                "grace", value: "SECONDS",
                "How long finishing may take after the first signal, 0 to 3600 (30); less than systemd's TimeoutStopSec by 20."
            ),
            Option("lease", value: "SECONDS", "How long a lease lasts without a heartbeat, 3 to 3600 (10)."),
            Option("slow", value: "SECONDS", "Tell of every picture that takes longer, step by step, 1 to 3600 (10)."),
            Option(
                flag: "no-dedupe",
                "Count every picture anew, also where the same one was counted before: in the run by its bytes, in an earlier run of the set by its ETag."
            ),
            Option(
                "pages", value: "first|all|N",
                "Which pages of a TIFF are counted: the first, all (their people are added up; at most 4096 tiles of a picture), or page N alone, 1 to 60 (first). All workers of a run must be told the same."
            ),
        ] + fetchOptions + [ModelOptions.address]

    /// Those that say what is fetched, and how: the same wherever the pictures of a set are.
    static let fetchOptions = [
        largestBytes, largestPixels, truncation,
        DecoderOptions.inside,
        NetworkOption.option,
        Option(
            "connections", value: "N", "Connections to one host at once, or requests on one of HTTP/2, 1 to 64 (8)."),
        Option(
            "rate", value: "N", "Pictures fetched from one host a second, 0.001 to 1000000 (as fast as it answers)."),
        credentials, authorities, proxy,
    ]

    static let largestBytes = Option("max-bytes", value: "N", "Largest picture in bytes (268435456).")
    static let largestPixels = Option(
        "max-megapixels", value: "N", "Largest picture in millions of pixels (200).")
    static let truncation = Option(
        flag: "tolerate-truncation", "Count what is there of a picture that is cut short.")

    static let credentials = Option(
        "credentials", value: "FILE",
        "Names and passwords for single hosts: lines HOST basic NAME PASSWORD or HOST bearer TOKEN; mode 0600 (also HEADCOUNT_CREDENTIALS, the lines themselves)."
    )
    static let proxy = Option(
        "proxy", value: "URL", "Proxy to fetch through, http://HOST:PORT; those of the environment are not used.")

    static let authorities = Option(
        "ca", value: "FILE", "PEM file of the authorities to trust instead of the system's.")

    static let log = Option(
        "log", choices: WorkerLog.Form.allCases.map(\.rawValue),
        "What is said on standard error: text, or a JSON object a line (text on a terminal, else json).")

    private static let fetchesInFlight = 1...256

    static func settings(_ invocation: Invocation) throws -> WorkerSettings {
        var settings = WorkerSettings(
            cores: sysconf(Int32(_SC_NPROCESSORS_ONLN)), machineMemory: MachineMemory.bytes)
        settings.drain = invocation.has("drain")
        settings.dedupe = !invocation.has("no-dedupe")
        settings.pages = try pages(invocation)
        settings.toleratesTruncation = invocation.has("tolerate-truncation")
        settings.set = invocation.value(of: "set")
        if let memory = try ByteSize.value(of: "memory", atLeast: 64 << 20, invocation) { settings.memory = memory }
        settings.fetchesInFlight = try invocation.integer(of: "fetches", in: fetchesInFlight)
        settings.decodesInFlight = try invocation.integer(of: "decodes", in: 1...256)
        settings.imagesInFlight = try invocation.integer(of: "ahead", in: 1...4096)
        if let linger = try invocation.seconds(of: "linger", in: 0...10) { settings.linger = linger }
        if let grace = try invocation.seconds(of: "grace", in: 0...3600) { settings.grace = grace }
        if let lease = try invocation.seconds(of: "lease", in: 3...3600) { settings.lease = lease }
        if let slow = try invocation.seconds(of: "slow", in: 1...3600) { settings.slowPicture = slow }
        return settings
    }

    static func fetching(_ invocation: Invocation) throws -> FetchConfiguration {
        var configuration = FetchConfiguration()
        configuration.userAgent = "headcount/\(Version.current)"
        if let bytes = try invocation.integer(of: "max-bytes", in: 1...Int(Int32.max)) {
            configuration.maximumBytes = bytes
        }
        configuration.allowedNetworks = try NetworkOption.value(invocation)
        if let connections = try invocation.integer(of: "connections", in: 1...64) {
            configuration.connectionsPerHost = connections
        }
        // Who sets how many are fetched at once means that many connections.
        if let fetches = try invocation.integer(of: "fetches", in: fetchesInFlight) {
            configuration.connections = max(configuration.connections, fetches)
        }
        if let text = invocation.value(of: "rate") {
            guard let rate = Double(text), (0.001...1e6).contains(rate) else {
                throw invocation.refusal(of: "rate", needed: "a number from 0.001 to 1000000")
            }
            configuration.requestsPerSecondAndHost = rate
        }
        if let text = ProgramFolders.variable("HEADCOUNT_CREDENTIALS") {
            configuration.credentials = try Credentials(text, source: "HEADCOUNT_CREDENTIALS")
        }
        if let file = invocation.value(of: "credentials") {
            configuration.credentials = configuration.credentials.merging(try Credentials(file: file))
        }
        configuration.certificateAuthorities = invocation.value(of: authorities.name)
        configuration.proxy = invocation.value(of: "proxy")
        return configuration
    }

    private static func pages(_ invocation: Invocation) throws -> PageChoice {
        switch invocation.value(of: "pages") {
        case nil, "first": return .first
        case "all": return .all
        case let text?:
            guard let number = Int(text), PageChoice.numbers.contains(number) else {
                throw invocation.refusal(of: "pages", needed: "first, all, or a number from 1 to 60")
            }
            return .number(number)
        }
    }

    static func limits(_ invocation: Invocation) throws -> ImagingLimits {
        var limits = ImagingLimits()
        if let megapixels = try invocation.integer(of: "max-megapixels", in: 1...2000) {
            limits.maximumPixels = megapixels * 1_000_000
        }
        limits.tolerateTruncation = invocation.has("tolerate-truncation")
        return limits
    }

    /// - Parameter isSupervised: where a coordinator tells what there is to tell, as many as its workers are.
    static func log(_ invocation: Invocation, _ console: Console, isSupervised: Bool) -> WorkerLog {
        let form = invocation.value(of: log.name).flatMap(WorkerLog.Form.init(rawValue:))
        return WorkerLog(
            console: console, form: form ?? (console.isTerminal || isSupervised ? .text : .json),
            isSupervised: isSupervised)
    }
}
