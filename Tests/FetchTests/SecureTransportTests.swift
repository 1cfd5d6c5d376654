import TestSupport
import Testing

@testable import Fetch

@Suite struct SecureTransportTests {
    @Test("The file of authorities is named with what it holds")
    func authorities() throws {
        let folder = try TemporaryFolder()
        let certificate = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n"
        let file = try folder.write(certificate + "# another\n" + certificate, to: "authorities.crt")
        let transport = try SecureTransport(library: "libcurl", authorities: file)
        #expect(transport.certificates == 2)
        #expect(transport.authorities == file)
    }

    @Test("Where there are no authorities it says which file lacks them and how to mend it")
    func noAuthorities() throws {
        let folder = try TemporaryFolder()
        let empty = try folder.write("", to: "empty.crt")
        for file in ["", folder.path + "/none.crt", folder.path, empty] {
            let error = #expect(throws: FetchError.self) {
                try SecureTransport(library: "libcurl", authorities: file)
            }
            #expect(error?.description.contains(file) == true)
            #expect(error?.description.contains("ca-certificates") == true)
        }
    }
}
