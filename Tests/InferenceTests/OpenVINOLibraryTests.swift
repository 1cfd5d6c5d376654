import TestSupport
import Testing

@testable import Inference

@Suite struct OpenVINOLibraryTests {
    @Test("A place that was named is the only one looked in")
    func namedPlaceIsTheOnlyOne() throws {
        let folder = try TemporaryFolder()
        let places = [folder.path + "/libopenvino_c.so.*", folder.path + "/libopenvino_c.so"]
        #expect(OpenVINOLibrary.candidates(named: folder.path, checkouts: ["/checkout"]) == places)
        let file = folder.path + "/libopenvino_c.so.2641"
        #expect(OpenVINOLibrary.candidates(named: file, checkouts: ["/checkout"]) == [file])
        let error = #expect(throws: InferenceError.self) { try OpenVINOLibrary(named: folder.path) }
        guard case .libraryMissing(_, places, _, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.description.contains("Deploy/openvino") == true)
        #expect(error?.description.contains("simulator") == false)
    }

    @Test("Unnamed it is looked for in the checkout, then where it may be installed, then on the loader's path")
    func unnamedPlacesInOrder() {
        let places = OpenVINOLibrary.candidates(named: nil, checkouts: ["/a", "/b"])
        #expect(places.first == "/a/.runtime/openvino/libopenvino_c.so.*")
        #expect(places.contains("/b/.runtime/openvino/libopenvino_c.so.*"))
        #expect(places.contains("/usr/local/lib/headcount/openvino/libopenvino_c.so.*"))
        #expect(places.contains("/opt/intel/openvino*/runtime/lib/intel64/libopenvino_c.so"))
        #expect(places.last == "libopenvino_c.so")
    }

    @Test("Another library than OpenVINO is told by the first function it lacks")
    func otherLibraryIsTold() {
        let missing = InferenceError.symbolMissing(library: "libc.so.6", symbol: "ov_get_openvino_version")
        #expect(throws: missing) { try OpenVINOLibrary(named: "libc.so.6") }
    }

    @Test(
        "The runtime tells its version",
        .enabled(if: OpenVINORuntime.isPresent, Comment(rawValue: OpenVINORuntime.absence)))
    func versionIsTold() throws {
        let library = try #require(OpenVINORuntime.library)
        #expect(library.version.first?.isNumber == true)
        #expect(library.path.contains("libopenvino_c.so"))
    }
}
