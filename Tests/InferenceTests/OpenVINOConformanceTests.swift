import Density
import Inference
import TestSupport
import Testing

@Suite(.enabled(if: OpenVINORuntime.isPresent, Comment(rawValue: OpenVINORuntime.absence)))
struct OpenVINOConformanceTests {
    private static func subject(_ network: NetworkDescription, requests: Int?) -> Conformance.Subject {
        let name = requests.map { "\(network.name), \($0) at a time" } ?? network.name
        return Conformance.Subject(name: name, network: network) {
            let library = try #require(OpenVINORuntime.library)
            return try OpenVINOEngine(network: $0, library: library, requests: requests)
        }
    }

    static let own: [Conformance.Subject] = [
        subject(OpenVINORuntime.network("rgb"), requests: nil),
        subject(OpenVINORuntime.network("rgb"), requests: 1),
        subject(OpenVINORuntime.network("rgb", colour: .bgr), requests: 3),
        subject(OpenVINORuntime.network("gray", colour: .gray), requests: nil),
        subject(OpenVINORuntime.network("int8"), requests: nil),
    ]

    private static let shared: [Conformance.Subject] = SharedModel.allCases.map { model in
        subject(OpenVINORuntime.shared(model, tile: PixelSize(width: 128, height: 96)), requests: nil)
    }

    @Test("A network of our own", arguments: own, Conformance.allCases)
    func ownNetworkConforms(subject: Conformance.Subject, fact: Conformance) async throws {
        try await fact.check(of: subject)
    }

    @Test(
        "A published network", .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)),
        arguments: shared, Conformance.allCases)
    func sharedNetworkConforms(subject: Conformance.Subject, fact: Conformance) async throws {
        try await fact.check(of: subject)
    }

    @Test("A hundred engines opened, used and closed leave nothing behind")
    func reopeningKeepsMemory() async {
        await #expect(processExitsWith: .success) {
            let growth = try await Conformance.growth(of: OpenVINOConformanceTests.own[0])
            try #require(growth < ResidentMemory.tolerance, "the process grew by \(growth) bytes")
        }
    }
}
