import TestSupport
import Testing

@testable import Inference

@Suite struct DynamicLibraryTests {
    private typealias Length = @convention(c) (UnsafePointer<CChar>?) -> Int

    @Test("A library on the loader's path opens by its bare name and its functions can be called")
    func bareNameOpens() throws {
        let library = try DynamicLibrary(
            name: "the C library", candidates: ["/nowhere/libc.so.6", "libc.so.6"], remedy: "build it")
        #expect(library.path == "libc.so.6")
        let length: Length = try library.function("strlen")
        #expect(length("four") == 4)
        #expect(library.optionalFunction("strlen", as: Length.self) != nil)
    }

    @Test("A missing symbol is named together with the library")
    func missingSymbolIsNamed() throws {
        let library = try DynamicLibrary(name: "the C library", candidates: ["libc.so.6"], remedy: "build it")
        #expect(throws: InferenceError.symbolMissing(library: "libc.so.6", symbol: "no_such_function")) {
            let _: Length = try library.function("no_such_function")
        }
        #expect(library.optionalFunction("no_such_function", as: Length.self) == nil)
    }

    @Test("Every place that was looked in stands in the error")
    func missingLibraryNamesThePlaces() throws {
        let places = ["/nowhere/liba.so", "/nowhere/*/liba.so.*"]
        let error = #expect(throws: InferenceError.self) {
            try DynamicLibrary(name: "liba", candidates: places, remedy: "build it")
        }
        guard case .libraryMissing("liba", places, _, "build it") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        "Letters of a path that mean something in patterns can stand for themselves",
        arguments: ["[a]", "a*b?", "\\"])
    func escapedPathIsNoPattern(name: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("", to: name + "/libx.so.1")
        let pattern = DynamicLibrary.escaped(folder.path + "/" + name) + "/libx.so.*"
        for candidate in [pattern, path] {
            let error = #expect(throws: InferenceError.self) {
                try DynamicLibrary(name: "libx", candidates: [candidate], remedy: "build it")
            }
            #expect(error?.description.contains("libx.so.1: file too short") == true)
        }
    }

    @Test("Of several versions that match a pattern the last is tried first")
    func newestMatchIsTriedFirst() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "libx.so.1")
        try folder.write("", to: "libx.so.2")
        let error = #expect(throws: InferenceError.self) {
            try DynamicLibrary(
                name: "libx", candidates: [folder.path + "/libx.so.*", "/nowhere/libx.so"], remedy: "build it")
        }
        // An empty file is there and does not open: that refusal is worth more than the other's absence.
        #expect(error?.description.contains("libx.so.2: file too short") == true)
    }
}
