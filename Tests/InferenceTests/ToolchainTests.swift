import Inference
import TestSupport
import Testing

@Suite struct ToolchainTests {
    @Test("an environment that was set up for other versions is not taken for the pinned ones")
    func otherVersions() throws {
        let folder = try TemporaryFolder()
        try folder.write("0123abcd\n", to: ".stamp")
        let error = #expect(throws: InferenceError.self) { try Toolchain(named: folder.path) }
        #expect(error?.description.contains("run Deploy/toolchain again") == true)
        #expect(error?.description.contains(folder.path) == true)
    }
}
