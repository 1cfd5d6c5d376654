import TestSupport
import Testing

@testable import Models

@Suite struct BundledModelTests {
    @Test("A share folder that is named is the only place looked in")
    func namedShareFolder() throws {
        let folder = try TemporaryFolder()
        #expect(throws: ModelsError.bundleMissing(model: "crowd", searched: [folder.path])) {
            try BundledModel.crowd.manifestPath(share: folder.path)
        }
        let path = try folder.write("{}", to: "models/crowd/crowd.json")
        #expect(try BundledModel.crowd.manifestPath(share: folder.path) == path)
    }
}
