import Density
import FoundationEssentials
import Glibc
import Imaging
import TestSupport
import Testing

@testable import Isolation

/// The processes are the program's own: it lies beside the tests.
struct DecoderPoolTests {
    private static let target = PixelSize(width: 96, height: 72)
    /// The address sanitizer keeps what was freed, so that with it a process may take as much memory as there is.
    private static let isSanitized = dlsym(nil, "__asan_init") != nil
    private static let faults = isSanitized ? ["crash"] : ["crash", "hoard"]

    /// Runs `body` with a pool, and ends its processes.
    private func withPool(
        _ processes: Int = 1, limits: ImagingLimits = .init(), timeLimit: Duration = .seconds(120),
        fault: String? = nil, _ body: (DecoderPool) async throws -> Void
    ) async throws {
        let pool = DecoderPool(
            program: Checkout.program, limits: limits, processes: processes, timeLimit: timeLimit, fault: fault)
        do {
            try await body(pool)
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
    }

    private func outcome(of bytes: [UInt8], in pool: DecoderPool) async -> Result<Picture, ImagingError> {
        do throws(ImagingError) {
            return .success(try await pool.decode(bytes, page: 0, resizedTo: Self.target, by: .bilinear))
        } catch {
            return .failure(error)
        }
    }

    private func picture(_ side: Int) throws -> [UInt8] {
        try PictureEncoder.jpeg(
            Picture(size: PixelSize(width: side, height: side), colour: PixelColour(red: 9, green: 99, blue: 199)),
            quality: 90)
    }

    @Test("a process that the kernel does not confine says so, and decodes all the same", arguments: [nil, "loose@38"])
    func confinement(fault: String?) async throws {
        try await withPool(fault: fault) { pool in
            #expect(try await pool.looseness == fault.map { _ in "Function not implemented" })
            let bytes = try picture(32)
            #expect(await (try? outcome(of: bytes, in: pool).get()) != nil)
        }
    }

    @Test("every picture has the pixels and the header that it has when it is decoded here, and is refused as here")
    func same() async throws {
        let folder = Checkout.root + "/Tests/ImagingTests/Fixtures/pictures/"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names.count > 100)
        let here = PictureDecoder()
        try await withPool(2) { pool in
            for name in names {
                let bytes = try [UInt8](Data(contentsOf: URL(filePath: folder + name)))
                for bytes in [bytes, Array(bytes.prefix(bytes.count / 2))] {
                    let ours = Result { () throws(ImagingError) in try here.decode(bytes, resizedTo: Self.target) }
                    let theirs = await outcome(of: bytes, in: pool)
                    #expect(ours == theirs, "\(name), \(bytes.count) bytes")
                    if case .success = ours { #expect(try await pool.header(of: bytes) == here.header(of: bytes)) }
                }
            }
            #expect(await pool.usage.processorSeconds > 0)
            #expect(await pool.processIDs().count == 1, "one after the other needs no second process")
        }
    }

    @Test(
        "between its pictures a process keeps the shared memory that it may, and no more",
        arguments: [(keeping: 2 << 20, kept: 0..<1 << 20), (keeping: 128 << 20, kept: 3_000_000..<16 << 20)])
    func kept(keeping: Int, kept: Range<Int>) async throws {
        let bytes = try picture(64)
        let size = PixelSize(width: 1000, height: 1000)
        let expected = try PictureDecoder().decode(bytes, resizedTo: size)
        let pool = DecoderPool(
            program: Checkout.program, limits: .init(), processes: 1, keeping: keeping, timeLimit: .seconds(120),
            fault: nil)
        for _ in 1...2 {
            #expect(try await pool.decode(bytes, page: 0, resizedTo: size, by: .bilinear) == expected)
            let process = try #require(await pool.processIDs().first)
            let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
            let kilobytes = status.firstMatch(of: /RssShmem:\s+(\d+)/).flatMap { Int($0.output.1) }
            #expect(kept.contains(try #require(kilobytes) * 1024))
        }
        await pool.close()
    }

    @Test("a process that holds a picture is not given it again for the same decoder of one, and is for every other")
    func held() async throws {
        let pictures = try (1...2).map { number in
            // As many bytes each, so that what is not given again is told by what is found.
            let bytes = try picture(32 * number)
            return bytes + Array(repeating: 0, count: 8000 - bytes.count)
        }
        try await withPool(2) { pool in
            let (one, other) = (pool.forOnePicture(), pool.forOnePicture())
            func side(_ picture: Int, by decoder: any PictureDecoding) async throws -> Int {
                try await decoder.header(of: pictures[picture], page: 0).size.width
            }
            #expect(try await side(0, by: one) == 32)
            #expect(try await side(1, by: one) == 32)
            #expect(try await side(1, by: other) == 64)
            #expect(try await side(0, by: one) == 32)
            #expect(try await side(1, by: pool) == 64)
            #expect(try await side(0, by: one) == 32)
            for id in await pool.processIDs() {
                kill(id, SIGKILL)
                // Gone for certain, but not waited for.
                var info = siginfo_t()
                waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT)
            }
            #expect(try await side(1, by: one) == 64)
            // Pixels lie behind the bytes, in an area that is made for both.
            let size = PixelSize(width: 4000, height: 2000)
            let large = try await one.decode(pictures[1], page: 0, resizedTo: size, by: .bilinear)
            #expect(try large == PictureDecoder().decode(pictures[1], resizedTo: size))
            #expect(try await side(0, by: one) == 64)
        }
    }

    @Test("a limit is that of the pool")
    func limits() async throws {
        let bytes = try picture(64)
        try await withPool(limits: ImagingLimits(maximumPixels: 1000)) { pool in
            await #expect(throws: ImagingError.tooManyPixels(size: PixelSize(width: 64, height: 64), limit: 1000)) {
                try await pool.header(of: bytes)
            }
        }
    }

    @Test("sides whose product is no number are refused beside this process too")
    func overflow() async throws {
        let bytes = HostileCorpus.tiff(width: .max, height: .max)
        let size = PixelSize(width: Int(Int32.max), height: Int(Int32.max))
        try await withPool { pool in
            await #expect(throws: ImagingError.tooManyPixels(size: size, limit: 200_000_000)) {
                try await pool.header(of: bytes)
            }
        }
    }

    @Test(
        "a crash, and memory beyond what the picture needs, fail the picture at fault and none beside it",
        arguments: faults)
    func death(_ kind: String) async throws {
        let (bad, good) = (try picture(40), try picture(64))
        try #require(bad.count != good.count)
        try await withPool(2, fault: "\(kind)@\(bad.count)") { pool in
            let pixels = try PictureDecoder().decode(good, resizedTo: Self.target)
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        if number % 3 == 0 {
                            await #expect {
                                _ = try await pool.decode(bad, resizedTo: Self.target, by: .bilinear)
                            } throws: { error in
                                if case ImagingError.decoderDied = error { true } else { false }
                            }
                        } else {
                            let other = try? await pool.decode(good, resizedTo: Self.target, by: .bilinear)
                            #expect(other == pixels)
                        }
                    }
                }
            }
        }
    }

    @Test("a picture that takes too long is given up, and its process ended")
    func hang() async throws {
        let bad = try picture(40)
        try await withPool(timeLimit: .seconds(1), fault: "hang@\(bad.count)") { pool in
            await #expect(throws: ImagingError.tookTooLong(seconds: 1)) {
                try await pool.decode(bad, resizedTo: Self.target, by: .bilinear)
            }
            #expect(await pool.processIDs() == [])
        }
    }

    @Test("a task that is cancelled ends the process it waits for, and waits for no other's")
    func cancelled() async throws {
        let bad = try picture(40)
        try await withPool(timeLimit: .seconds(60), fault: "hang@\(bad.count)") { pool in
            await pool.prepare()
            let id = try #require(await pool.processIDs().first)
            let tasks = (0..<2).map { _ in
                Task { () async -> Result<Picture, ImagingError> in await outcome(of: bad, in: pool) }
            }
            try await waitUntil("the process to hang") { DecoderUsage(ofProcess: id).processorSeconds > 0.2 }
            for task in tasks { task.cancel() }
            for task in tasks { #expect(await task.value == .failure(.cancelled)) }
            #expect(await pool.processIDs() == [])
            // The next picture has a new one.
            let good = try picture(64)
            #expect(try await pool.decode(good, resizedTo: Self.target, by: .bilinear).size == Self.target)
        }
    }

    @Test("a process that was killed between two pictures costs none")
    func killed() async throws {
        let bytes = try picture(64)
        try await withPool { pool in
            let before = try await pool.decode(bytes, resizedTo: Self.target, by: .bilinear)
            let id = try #require(await pool.processIDs().first)
            kill(id, SIGSEGV)
            // Gone for certain, but not waited for: that is for the pool to do.
            var info = siginfo_t()
            waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT)
            #expect(try await pool.decode(bytes, resizedTo: Self.target, by: .bilinear) == before)
            #expect(try #require(await pool.processIDs().first) != id)
        }
    }

    @Test("a process can open no file, and has nothing of the environment")
    func confined() async throws {
        let bytes = try picture(64)
        try await withPool { pool in
            _ = try await pool.header(of: bytes)
            let id = try #require(await pool.processIDs().first)
            let status = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
            let lines = status.split(separator: "\n").filter { $0.hasPrefix("Seccomp:") || $0.hasPrefix("NoNewPrivs:") }
            #expect(lines.map { $0.split(separator: "\t").last } == ["1", "2"])
            let environment = try [UInt8](Data(contentsOf: URL(filePath: "/proc/\(id)/environ")))
            #expect(!String(decoding: environment, as: UTF8.self).contains("PATH=/"))
        }
    }

    @Test("a JPEG of 6000x4000 takes less than 40 MB in all, for its rows come one after the other")
    func memory() async throws {
        let size = PixelSize(width: 6000, height: 4000)
        let bytes = try PictureEncoder.jpeg(
            Picture(size: size, colour: PixelColour(red: 9, green: 99, blue: 199)), quality: 90)
        try await withPool { pool in
            let picture = try await pool.decode(bytes, resizedTo: PixelSize(width: 1536, height: 1152), by: .bilinear)
            let own = await pool.usage.ownBytes
            #expect(own > 0)
            let all = own + bytes.count + picture.pixels.count
            // The sanitizer takes more than the decoder does.
            #expect(all < 40_000_000 || Self.isSanitized, "\(all) bytes, \(own) of them the process' own")
        }
    }

    @Test("no program to start is the fault of the machine")
    func absent() async throws {
        for program in ["/no/such/program", "/bin/true"] {
            let pool = DecoderPool(program: program, processes: 1)
            await #expect {
                _ = try await pool.header(of: [0xFF, 0xD8, 0xFF])
            } throws: { error in
                if case ImagingError.decoderUnavailable = error { true } else { false }
            }
        }
    }
}
