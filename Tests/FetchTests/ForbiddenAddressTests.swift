import Glibc
import HTTPServer
import TestSupport
import Testing

@testable import Fetch

/// The rule held against real sockets: the server that must not be reached counts who reached it.
@Suite(.serialized) struct ForbiddenAddressTests {
    /// Every way of writing an address of this machine that a resolver or a URL parser might follow.
    private static let hosts = [
        "127.0.0.1", "127.0.0.2", "127.255.255.254", "127.1", "127.0.1", "127.0.0.1.", "0", "0.0.0.0", "0.0",
        "2130706433", "0x7f000001", "0x7F000001", "017700000001", "0177.0.0.1", "0177.0.0.01", "0x7f.0.0.1", "0x7f.1",
        "0x7f.0x0.0x0.0x1", "00000177.0.0.1", "127.0x1", "127.00.00.01", "0177.1", "4294967297", "2130706433.",
        "%31%32%37.0.0.1", "127%2e0%2e0%2e1", "①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1", "１２７。０。０。１",
        "localhost", "LOCALHOST", "LocalHost", "localhost.", "ip6-localhost", "ip6-loopback", "a.localhost",
        "[::1]", "[0:0:0:0:0:0:0:1]", "[::0001]", "[::]", "[::%31]", "[::1%25lo]", "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]", "[::FFFF:7F00:0001]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::ffff:0.0.0.0]", "[::127.0.0.1]",
        "[::7f00:1]", "[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]", "[2002:7f00:1::1]", "[2001:0:7f00:1::]", "[fe80::5efe:127.0.0.1]",
        "user@127.0.0.1", "user:secret@127.0.0.1", "public.example@127.0.0.1", "public.example:80@127.0.0.1",
        "public.example%40127.0.0.1", "public.example#@127.0.0.1", "public.example\\@127.0.0.1",
    ]

    @Test("No form of a forbidden address is connected to", arguments: hosts)
    func noFormIsConnectedTo(_ host: String) async throws {
        let forbidden = try ForbiddenServer()
        let fetcher = try Fetcher(forbidden.configuration())
        let outcome = await fetcher.outcome(of: "http://\(host):\(forbidden.port)/picture.jpg")
        let error = #expect(throws: FetchError.self) { try outcome.get() }
        // Forms that lead nowhere from here would not arrive at the server either: nothing was tried.
        let refusals: Set = ["forbiddenAddress", "badURL", "unresolvedHost"]
        let refusal = error.map(HabitExpectation.caseName) ?? "none"
        #expect(refusals.contains(refusal), "\(String(describing: error))")
        #expect(forbidden.accepted == 0)
    }

    @Test(
        "The forms that lead to this machine do so where that is allowed: they are refused for what they are",
        arguments: [
            "127.0.0.1", "127.1", "0", "2130706433", "0x7f000001", "0177.0.0.1", "%31%32%37.0.0.1", "localhost",
            "LOCALHOST", "[::ffff:127.0.0.1]", "user:secret@127.0.0.1",
        ])
    func formsLeadHereWhereAllowed(_ host: String) async throws {
        let server = try ForbiddenServer()
        var configuration = try server.configuration()
        configuration.allowedNetworks = try ["127.0.0.0/8", "0.0.0.0/8", "::1/128", "::ffff:127.0.0.0/104"].map {
            try Network($0)
        }
        let outcome = await (try Fetcher(configuration)).outcome(
            of: "http://\(host):\(server.port)/picture.jpg")
        #expect(throws: Never.self) { try outcome.get() }
        #expect(server.accepted > 0)
    }

    @Test("A name that answers otherwise the second time is judged the second time")
    func rebindingBetweenTwoAnswers() async throws {
        let forbidden = try ForbiddenServer()
        let redirecting = try RedirectingServer(to: "http://public.example:\(forbidden.port)/")
        var configuration = try forbidden.configuration(allowing: RedirectingServer.address)
        configuration.fixedAnswers = [
            "public.example:\(redirecting.port):\(RedirectingServer.address)",
            "public.example:\(forbidden.port):127.0.0.1",
        ]
        let outcome = await (try Fetcher(configuration)).outcome(of: "http://public.example:\(redirecting.port)/")
        let error = #expect(throws: FetchError.self) { try outcome.get() }
        #expect(error.map(HabitExpectation.caseName) == "forbiddenAddress", "\(String(describing: error))")
        #expect(redirecting.served == 1)
        #expect(forbidden.accepted == 0)
    }

    @Test(
        "The plain forms are refused as forbidden, not by accident",
        arguments: [
            "127.0.0.1", "127.1", "0", "2130706433", "0x7f000001", "0177.0.0.1", "%31%32%37.0.0.1", "①②⑦.⓪.⓪.①",
            "localhost", "LOCALHOST", "[::ffff:127.0.0.1]", "[::1]", "[::]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]",
        ])
    func plainFormIsForbidden(_ host: String) async throws {
        let forbidden = try ForbiddenServer()
        let fetcher = try Fetcher(forbidden.configuration())
        let outcome = await fetcher.outcome(of: "http://\(host):\(forbidden.port)/picture.jpg")
        let error = #expect(throws: FetchError.self) { try outcome.get() }
        #expect(error.map(HabitExpectation.caseName) == "forbiddenAddress", "\(String(describing: error))")
    }

    @Test("A redirect to a forbidden address is not followed there", arguments: hosts)
    func redirectIsNotFollowedThere(_ host: String) async throws {
        let forbidden = try ForbiddenServer()
        let redirecting = try RedirectingServer(to: "http://\(host):\(forbidden.port)/")
        let fetcher = try Fetcher(forbidden.configuration(allowing: RedirectingServer.address))
        let outcome = await fetcher.outcome(of: redirecting.url)
        #expect(throws: FetchError.self) { try outcome.get() }
        #expect(redirecting.served == 1)
        #expect(forbidden.accepted == 0)
    }

    @Test(
        "A name that answers with a forbidden address is not connected to",
        arguments: [
            "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "127.0.0.1,127.0.0.2", "[::1],127.0.0.1", "0.0.0.0",
        ])
    func answerOfTheResolverIsJudged(_ answer: String) async throws {
        let forbidden = try ForbiddenServer()
        var configuration = try forbidden.configuration()
        configuration.fixedAnswers = ["public.example:\(forbidden.port):\(answer)"]
        let fetcher = try Fetcher(configuration)
        let outcome = await fetcher.outcome(of: "http://public.example:\(forbidden.port)/")
        let error = #expect(throws: FetchError.self) { try outcome.get() }
        #expect(error.map(HabitExpectation.caseName) == "forbiddenAddress", "\(String(describing: error))")
        #expect(forbidden.accepted == 0)
    }

    @Test("A redirect to a name that answers with a forbidden address ends there")
    func redirectToRebindingName() async throws {
        let forbidden = try ForbiddenServer()
        let redirecting = try RedirectingServer(to: "http://public.example:\(forbidden.port)/")
        var configuration = try forbidden.configuration(allowing: RedirectingServer.address)
        configuration.fixedAnswers = ["public.example:\(forbidden.port):127.0.0.1"]
        let outcome = await (try Fetcher(configuration)).outcome(of: redirecting.url)
        let error = #expect(throws: FetchError.self) { try outcome.get() }
        #expect(error.map(HabitExpectation.caseName) == "forbiddenAddress", "\(String(describing: error))")
        #expect(forbidden.accepted == 0)
    }

    @Test("Of two answers the forbidden one is passed over and the allowed one used")
    func allowedAnswerIsUsed() async throws {
        let allowed = try RedirectingServer(to: nil)
        var configuration = FetchConfiguration()
        configuration.allowedNetworks = [try Network(RedirectingServer.address)]
        configuration.fixedAnswers = ["public.example:\(allowed.port):127.0.0.1,\(RedirectingServer.address)"]
        let resource = try await Fetcher(configuration).fetch("http://public.example:\(allowed.port)/")
        #expect(resource.status == 200)
    }

    @Test("A forbidden address is not sent to a proxy either")
    func proxyIsNotAskedForAForbiddenAddress() async throws {
        let proxy = try MisbehavingServer(.sendsPage)
        var configuration = FetchConfiguration()
        configuration.proxy = "http://127.0.0.1:\(proxy.port)"
        let fetcher = try Fetcher(configuration)
        let outcome = await fetcher.outcome(of: "http://169.254.169.254/latest/meta-data/")
        #expect(throws: FetchError.self) { try outcome.get() }
        #expect(proxy.accepted == 0)
        // The proxy itself was configured, and is used for what is public.
        #expect(try await fetcher.fetch("http://192.0.1.1/picture.jpg").status == 200)
        #expect(proxy.accepted == 1)
    }

    @Test(
        "A redirect to a forbidden address is not sent to a proxy",
        arguments: [
            "http://169.254.169.254/", "//169.254.169.254/", "http://2852039166/", "HTTP://[::ffff:a9fe:a9fe]/",
        ])
    func proxyIsNotAskedForAForbiddenRedirect(_ location: String) async throws {
        let proxy = try RedirectingServer(to: location)
        var configuration = FetchConfiguration()
        configuration.proxy = proxy.url
        let outcome = await (try Fetcher(configuration)).outcome(of: "http://192.0.1.1/picture.jpg")
        let error = #expect(throws: FetchError.self) { try outcome.get() }
        #expect(error.map(HabitExpectation.caseName) == "forbiddenAddress", "\(String(describing: error))")
        #expect(proxy.served == 1)
    }

    @Test("Of two places that a redirect names the one that is followed is judged")
    func firstLocationIsJudged() async throws {
        let proxy = try HTTPServer(port: 0) { _ in
            HTTPResponse(
                status: 302,
                headers: [
                    HTTPHeader("Location", "http://169.254.169.254/"), HTTPHeader("Location", "http://192.0.1.2/"),
                ])
        }
        var configuration = FetchConfiguration()
        configuration.proxy = proxy.url
        let outcome = await (try Fetcher(configuration)).outcome(of: "http://192.0.1.1/picture.jpg")
        let error = #expect(throws: FetchError.self) { try outcome.get() }
        #expect(error.map(HabitExpectation.caseName) == "forbiddenAddress", "\(String(describing: error))")
    }

    @Test("Proxies of the environment are not used")
    func environmentProxiesAreIgnored() async throws {
        await #expect(processExitsWith: .success) {
            let proxy = try MisbehavingServer(.sendsPage)
            let server = try RedirectingServer(to: nil)
            for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
                setenv(name, "http://127.0.0.1:\(proxy.port)", 1)
            }
            var configuration = FetchConfiguration()
            configuration.allowedNetworks = [try Network("127.0.0.0/8")]
            let resource = try await Fetcher(configuration).fetch(server.url)
            #expect(resource.bytes.isEmpty)
            #expect(proxy.accepted == 0)
            #expect(server.served == 1)
        }
    }
}
