import Archive
import Concurrency
import Counting
import Density
import Imaging
import Inference
import Postgres
import TestSupport
import Testing
import Worker

@testable import Isolation

@Suite(.enabled(if: TestNetwork.isPresent, Comment(rawValue: TestNetwork.absence)))
struct WorkerTests {
    @Test("a picture's count is the network's formula, in one tile or in many that overlap")
    func counts() async throws {
        try await WorkerBench.with { bench in
            let sizes = [(48, 32), (96, 64), (112, 80), (64, 48), (208, 32)].map { PixelSize(width: $0, height: $1) }
            var pictures: [Picture] = []
            for (number, size) in sizes.enumerated() {
                let picture = TestPictures.noise(size, seed: UInt64(number + 1))
                try bench.folder.write(PictureEncoder.png(picture), to: "\(number).png")
                pictures.append(picture)
            }
            try await bench.enqueue(sizes.indices.map { "\($0).png" }, plan: .native)
            let progress = try await bench.worker().run()
            #expect(progress.counted == pictures.count)
            let counts = try await bench.counts()
            for (number, picture) in pictures.enumerated() {
                let count = try #require(counts["\(number).png"])
                let formula = TestNetwork.count(picture)
                #expect(abs(count - formula) < 1e-4 * formula, "\(picture.size): \(count), by the formula \(formula)")
            }
        }
    }

    @Test("a picture smaller than a tile is counted without the padding")
    func small() async throws {
        try await WorkerBench.with(tile: PixelSize(width: 64, height: 64)) { bench in
            let picture = TestPictures.noise(PixelSize(width: 32, height: 16), seed: 9)
            try bench.folder.write(PictureEncoder.png(picture), to: "small.png")
            try await bench.enqueue(["small.png"])
            _ = try await bench.worker().run()
            let count = try #require(try await bench.counts()["small.png"])
            let formula = TestNetwork.count(picture)
            #expect(abs(count - formula) < 1e-4 * formula)
        }
    }

    @Test("a grid resizes to its tiles: the count is the formula of the resized picture")
    func grid() async throws {
        try await WorkerBench.with { bench in
            let bytes = try PictureEncoder.png(TestPictures.noise(PixelSize(width: 77, height: 123), seed: 3))
            try bench.folder.write(bytes, to: "odd.png")
            try await bench.enqueue(["odd.png"], plan: .grid(rows: 2, columns: 3))
            _ = try await bench.worker().run()
            let count = try #require(try await bench.counts()["odd.png"])
            let resized = try PictureDecoder().decode(bytes, resizedTo: PixelSize(width: 144, height: 64))
            let formula = TestNetwork.count(resized)
            #expect(abs(count - formula) < 1e-4 * formula)
        }
    }

    @Test("a plan by areas makes a run of its own, whose counts are the formula of the picture resized by areas")
    func areas() async throws {
        try await WorkerBench.with { bench in
            let bytes = try PictureEncoder.png(TestPictures.noise(PixelSize(width: 400, height: 301), seed: 3))
            try bench.folder.write(bytes, to: "large.png")
            for text in ["grid:1x1", "grid:1x1,area"] { try await bench.enqueue(["large.png"], plan: TilePlan(text)) }
            // Taken over from no run of the other plan.
            let progress = try await bench.worker().run()
            #expect(progress.counted == 2)
            let rows = try await bench.connection.query(
                "SELECT plan, count, source_run IS NULL AS is_own FROM headcount.results ORDER BY run_id")
            #expect(try rows.map { try $0.decode(String.self, "plan") } == ["grid:1x1", "grid:1x1,area"])
            var formulas: [Double] = []
            for (row, resampling) in zip(rows, [Resampling.bilinear, .area]) {
                let size = PixelSize(width: 48, height: 32)
                let resized = try await PictureDecoder().decode(bytes, resizedTo: size, by: resampling)
                let formula = TestNetwork.count(resized)
                let count = try row.decode(Double.self, "count")
                #expect(abs(count - formula) < 1e-4 * formula, "\(count), by the formula \(formula)")
                #expect(try row.decode(Bool.self, "is_own"))
                formulas.append(formula)
            }
            #expect(abs(formulas[0] - formulas[1]) > 1e-3 * formulas[0])
        }
    }

    @Test("counts are the same bits whatever the concurrency and the order")
    func sameBits() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(24, of: PixelSize(width: 160, height: 96), to: bench.folder)
            let names = (1...24).map { "\($0).png" }
            var all: [[String: Double]] = []
            for (number, inFlight) in [1, 5, 24].enumerated() {
                try await bench.enqueue(names.shuffled(), set: "set \(number)")
                _ = try await bench.worker { $0.imagesInFlight = inFlight }.run()
                all.append(try await bench.counts(set: "set \(number)"))
            }
            #expect(all[0].count == 24)
            #expect(all[0] == all[1])
            #expect(all[0] == all[2])
        }
    }

    @Test("whatever is wrong with an image ends in its class, and the others are counted")
    func failures() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(3, of: PixelSize(width: 48, height: 32), to: bench.folder)
            let jpeg = try PictureEncoder.jpeg(
                TestPictures.noise(PixelSize(width: 64, height: 64), seed: 1), quality: 90)
            try bench.folder.write(Array(jpeg.prefix(jpeg.count / 2)), to: "cut.jpg")
            try bench.folder.write("no picture at all", to: "text.jpg")
            try bench.folder.write([], to: "empty.jpg")
            try bench.folder.write(
                PictureEncoder.png(TestPictures.noise(PixelSize(width: 200, height: 200), seed: 1)), to: "heavy.png")
            try await bench.enqueue([
                "1.png", "cut.jpg", "text.jpg", "2.png", "empty.jpg", "heavy.png", "missing.png",
                "http://127.0.0.1:1/gone.png", "http://no-such-host.invalid/lost.png", "http://10.1.2.3/private.png",
                "3.png",
            ])
            let progress = try await bench.worker(maximumBytes: 50_000).run()
            #expect(progress.counted == 3)
            #expect(
                try await bench.failures() == [
                    "cut.jpg": "corrupt", "text.jpg": "not_a_picture", "empty.jpg": "not_a_picture",
                    "heavy.png": "too_large", "missing.png": "not_found", "gone.png": "unreachable",
                    "lost.png": "unresolved_host", "private.png": "forbidden_address",
                ])
            #expect(try await bench.archive.progress(ofSet: "set").map(\.state) == ["done"])
        }
    }

    @Test("a picture that crashes its decoder fails after two attempts; no other is lost, and the worker goes on")
    func crash() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(12, of: PixelSize(width: 48, height: 32), to: bench.folder)
            let bytes = try PictureEncoder.jpeg(
                TestPictures.noise(PixelSize(width: 64, height: 64), seed: 1), quality: 90)
            try bench.folder.write(bytes, to: "deadly.jpg")
            let decoder = DecoderPool(
                program: Checkout.program, limits: .init(), processes: 2, timeLimit: .seconds(60),
                fault: "crash@\(bytes.count)")
            try await bench.enqueue((1...6).map { "\($0).png" } + ["deadly.jpg"] + (7...12).map { "\($0).png" })
            let progress = try await bench.worker(decoder: decoder).run()
            await decoder.close()
            #expect(progress.counted == 12)
            #expect(try await bench.failures() == ["deadly.jpg": "decoder"])
            let attempts = try await bench.connection.query("SELECT FROM headcount.failures")
            #expect(attempts.count == 2)
        }
    }

    @Test("two workers share a set and count every image once")
    func two() async throws {
        try await WorkerBench.with { bench in
            let pictures = try TestPictures.write(40, of: PixelSize(width: 48, height: 32), to: bench.folder)
            try await bench.enqueue((1...40).map { "\($0).png" })
            let (first, second) = (try await bench.worker(), try await bench.worker())
            async let one = first.run()
            async let other = second.run()
            #expect(try await one.counted + other.counted == 40)
            #expect(try await bench.counts().count == pictures.count)
        }
    }

    @Test("a worker that is stopped finishes what is in flight and gives the rest back; another counts it")
    func stopping() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(60, of: PixelSize(width: 48, height: 32), to: bench.folder)
            try await bench.enqueue((1...60).map { "\($0).png" })
            let stopped = Locked<(worker: Worker?, looks: Int)>((nil, 0))
            let worker = try await bench.worker {
                $0.imagesInFlight = 2
            } onProgress: { _ in
                stopped.withLock { stopped in
                    stopped.looks += 1
                    return stopped.looks >= 5 ? stopped.worker : nil
                }?.stop()
            }
            stopped.withLock { $0.worker = worker }
            let before = try await worker.run()
            #expect((1..<60).contains(before.counted))
            let held = try await bench.connection.query("SELECT FROM headcount.shards WHERE worker_id IS NOT NULL")
            #expect(held.isEmpty)
            let after = try await bench.worker().run()
            #expect(before.counted + after.counted == 60)
            #expect(try await bench.counts().count == 60)
        }
    }

    @Test("what a worker that is stopped has not started goes to others before what is in flight has ended")
    func stoppingGivesBackAtOnce() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(60, of: PixelSize(width: 48, height: 32), to: bench.folder)
            try await bench.enqueue((1...60).map { "\($0).png" })
            let decoder = HeldDecoder()
            defer { decoder.release() }
            let worker = try await bench.worker(drain: false, decoder: decoder) {
                $0.imagesInFlight = 1
                $0.grace = .seconds(600)
            }
            let running = Task { try await worker.run() }
            try await bench.wait(
                until: "EXISTS (SELECT FROM headcount.shards WHERE headcount.multirange_size(images) > 1)")
            try await waitUntil("the first image to be decoded") { decoder.sizes.count == 1 }
            worker.stop()
            try await bench.wait(
                until: """
                    (SELECT sum(headcount.multirange_size(images)) FROM headcount.shards WHERE worker_id IS NOT NULL) = 1
                    AND EXISTS (SELECT FROM headcount.shards WHERE worker_id IS NULL)
                    """)
            decoder.release()
            #expect(try await running.value.counted == 1)
            #expect(try await bench.worker().run().counted == 59)
        }
    }

    @Test("a worker whose task is cancelled gives its shards back at once")
    func cancelling() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(60, of: PixelSize(width: 48, height: 32), to: bench.folder)
            try await bench.enqueue((1...60).map { "\($0).png" })
            let (started, begin) = AsyncStream.makeStream(of: Void.self)
            let worker = try await bench.worker {
                $0.imagesInFlight = 2
            } onProgress: { _ in
                begin.yield()
            }
            let running = Task {
                defer { begin.finish() }
                return try await worker.run()
            }
            for await _ in started { break }
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
            let held = try await bench.connection.query("SELECT FROM headcount.shards WHERE worker_id IS NOT NULL")
            #expect(held.isEmpty)
            _ = try await bench.worker().run()
            #expect(try await bench.counts().count == 60)
        }
    }

    @Test("a run whose model cannot be loaded is left as it was, and said so; the other runs are counted")
    func unusableModel() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(2, of: PixelSize(width: 48, height: 32), to: bench.folder)
            try await bench.archive.addModel(
                name: "nobody", manifest: TestArchive.manifest, digest: TestArchive.digest(), files: [:],
                makeDefault: false)
            let pieces = Pieces("\(bench.url)/1.png\n")
            _ = try await bench.archive.enqueue(
                EnqueueRequest(set: "broken", model: "nobody"), from: "the test", nextPiece: { pieces.next() },
                onBadLine: { _ in }, onProgress: { _ in })
            try await bench.enqueue(["1.png", "2.png"])
            let error = await #expect(throws: WorkerError.self) { try await bench.worker().run() }
            #expect(error?.description.contains("nobody") == true)
            #expect(try await bench.counts().count == 2)
            #expect(try await bench.failures().isEmpty)
            #expect(try await bench.archive.progress(ofSet: "broken").map(\.pending) == [1])
        }
    }

    @Test("a worker without a place for model files uses up nobody's attempts")
    func unwritableStore() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(2, of: PixelSize(width: 48, height: 32), to: bench.folder)
            try await bench.enqueue(["1.png", "2.png"])
            let worker = try await bench.worker(store: "/proc/nowhere")
            await #expect(throws: WorkerError.self) { try await worker.run() }
            #expect(try await bench.connection.query("SELECT FROM headcount.failures").isEmpty)
            #expect(try await bench.worker().run().counted == 2)
        }
    }

    @Test("a server that never answers does not keep the pictures of other sets waiting")
    func slowServer() async throws {
        let silent = try MisbehavingServer(.neverAnswers)
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(1, of: PixelSize(width: 48, height: 32), to: bench.folder)
            try await bench.enqueue([silent.url("/never.png")], set: "slow")
            let (settled, settle) = AsyncStream.makeStream(of: WorkerProgress.self)
            let worker = try await bench.worker(drain: false, firstByteTimeout: .seconds(600)) {
                $0.grace = .zero
                // So that polling alone would be too late.
                $0.longestIdleInterval = .seconds(600)
            } onProgress: {
                settle.yield($0)
            }
            let running = Task {
                defer { settle.finish() }
                return try await worker.run()
            }
            // The worker is at the first set before the second is there.
            try await waitUntil("a claim") {
                try await !bench.connection.query("SELECT FROM headcount.shards WHERE worker_id > 0").isEmpty
            }
            try await bench.enqueue(["1.png"], set: "quick")
            for await progress in settled where progress.counted + progress.failed > 0 { break }
            worker.stop()
            let progress = try await running.value
            #expect(progress.counted == 1)
            #expect(progress.failed == 0)
            #expect(try await bench.archive.progress(ofSet: "slow").map(\.pending) == [1])
        }
    }

    @Test("a worker that keeps to one set leaves the others alone")
    func oneSet() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(2, of: PixelSize(width: 48, height: 32), to: bench.folder)
            try await bench.enqueue(["1.png"], set: "mine")
            try await bench.enqueue(["2.png"], set: "other")
            #expect(try await bench.worker { $0.set = "mine" }.run().counted == 1)
            #expect(try await bench.archive.progress(ofSet: "other").map(\.pending) == [1])
        }
    }

    @Test("a device that fails while a network is loaded ends the worker, which gives everything back")
    func deviceFailsAtLoading() async throws {
        try await WorkerBench.with { bench in
            _ = try TestPictures.write(1, of: PixelSize(width: 48, height: 32), to: bench.folder)
            try await bench.enqueue(["1.png"])
            let engines = try EngineFactory(identity: TestNetwork.engines().identity) { _ throws(InferenceError) in
                throw .deviceFailed(device: "bm1684:0", reason: "it cannot be opened: the device is busy")
            }
            let worker = try await bench.worker(engines: engines)
            let error = await #expect(throws: WorkerError.self) { try await worker.run() }
            #expect(error == .deviceFailed(reason: "device bm1684:0 failed: it cannot be opened: the device is busy"))
            let shards = try await bench.connection.query("SELECT FROM headcount.shards WHERE worker_id IS NOT NULL")
            #expect(shards.isEmpty)
            #expect(try await bench.failures().isEmpty)
        }
    }
}
