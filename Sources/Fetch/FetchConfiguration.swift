/// The limits and manners of a `Fetcher`.
public struct FetchConfiguration: Sendable {
    /// Bytes of one body after decoding; a longer one ends as `FetchError.tooLarge`.
    public var maximumBytes = 256 << 20

    /// For one hop: resolving the name, connecting and the TLS handshake.
    public var connectTimeout: Duration = .seconds(10)

    /// From a request being sent to the end of the response's headers.
    public var firstByteTimeout: Duration = .seconds(30)

    /// A body that brings fewer bytes than this a second, over `lowSpeedWindow`, ends as a timeout.
    public var lowSpeedBytesPerSecond = 1024

    /// The time over which the speed of a body is judged.
    public var lowSpeedWindow: Duration = .seconds(20)

    /// For a whole fetch, redirects included; waiting for a free connection is not counted.
    public var totalTimeout: Duration = .seconds(300)

    /// Fetches in flight to one scheme, host and port, over as many connections or, where it speaks HTTP/2, as few as it
    /// takes; more wait in order of arrival.
    public var connectionsPerHost = 8

    /// Fetches started to one scheme, host and port in a second; as many as there are connections for where `nil`.
    public var requestsPerSecondAndHost: Double?

    /// An origin that has to be left alone for longer than this is not waited for: fetches from it end as
    /// `FetchError.resting` with the time that is left, unsent.
    public var longestRest: Duration = .seconds(5)

    /// What single hosts are told of us.
    public var credentials = Credentials()

    /// Fetches in flight to all hosts.
    public var connections = 64

    /// Redirects followed before `FetchError.tooManyRedirects`; 0 follows none.
    public var maximumRedirects = 5

    /// Networks that may be connected to although `AddressPolicy` refuses their kind.
    public var allowedNetworks: [Network] = []

    /// A PEM file of the authorities to trust instead of the system's.
    public var certificateAuthorities: String?

    /// `http://host:port`; proxies of the environment are never used. The proxy resolves the names, so with one set
    /// `AddressPolicy` can only be held against addresses written in a URL: what a name leads to is the proxy's to guard.
    public var proxy: String?

    /// What servers see of us.
    public var userAgent = "headcount"

    /// Host names with fixed answers, as CURLOPT_RESOLVE writes them (`name:port:address,address`): a test's DNS.
    var fixedAnswers: [String] = []

    /// The defaults.
    public init() {}
}
