import Concurrency
import Glibc
import Testing

@Suite struct ThreadExecutorTests {
    private actor Resident {
        private let executor: ThreadExecutor
        private(set) var calls = 0

        init(name: String) {
            executor = ThreadExecutor(name: name)
        }

        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        /// The kernel's number of the calling thread.
        func thread() -> Int {
            calls += 1
            return syscallThreadNumber()
        }

        func threadName() -> String {
            let file = fopen("/proc/thread-self/comm", "r")
            defer { if let file { fclose(file) } }
            var bytes = [UInt8](repeating: 0, count: 64)
            let length = file.map { fread(&bytes, 1, bytes.count, $0) } ?? 0
            return String(decoding: bytes.prefix(length), as: UTF8.self).filter { !$0.isNewline }
        }

        /// Blocks the thread until somebody writes into the pipe.
        func block(on descriptor: Int32) -> Bool {
            var byte: UInt8 = 0
            return read(descriptor, &byte, 1) == 1
        }

        private func syscallThreadNumber() -> Int {
            var target = [CChar](repeating: 0, count: 64)
            let length = readlink("/proc/thread-self", &target, target.count)
            let path = String(decoding: target.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            return path.split(separator: "/").last.flatMap { Int($0) } ?? -1
        }
    }

    /// The threads of this process by the name that they gave themselves.
    private func threadCount(named name: String) -> Int {
        guard let folder = opendir("/proc/self/task") else { return -1 }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            let number = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let file = fopen("/proc/self/task/\(number)/comm", "r") else { continue }
            defer { fclose(file) }
            var bytes = [UInt8](repeating: 0, count: 64)
            let length = fread(&bytes, 1, bytes.count, file)
            if String(decoding: bytes.prefix(length), as: UTF8.self).hasPrefix(name) { count += 1 }
        }
        return count
    }

    @Test("Every job of an actor runs on its one thread, whoever asks")
    func oneThread() async {
        let resident = Resident(name: "one")
        let other = Resident(name: "other")
        let threads = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<200 { group.addTask { await resident.thread() } }
            return await group.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        let elsewhere = await other.thread()
        let calls = await resident.calls
        #expect(threads.count == 1)
        #expect(threads.first != -1)
        #expect(!threads.contains(elsewhere))
        #expect(calls == 200)
    }

    @Test("The thread bears the executor's name, cut to 15 bytes")
    func name() async {
        let name = await Resident(name: "a-name-that-is-too-long").threadName()
        #expect(name == "a-name-that-is-")
    }

    @Test("A blocked executor blocks no other and no task")
    func blocking() async throws {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        defer {
            close(reading)
            close(writing)
        }
        // More than there are threads in the pool of tasks, on any usual machine.
        let blocked = (0..<64).map { _ in Resident(name: "blocked") }
        let answers = await withTaskGroup(of: Bool.self) { group in
            for resident in blocked { group.addTask { await resident.block(on: reading) } }
            let free = Resident(name: "free")
            _ = await free.thread()
            var bytes = [UInt8](repeating: 1, count: blocked.count)
            let written = write(writing, &bytes, bytes.count)
            #expect(written == blocked.count)
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(answers == Array(repeating: true, count: 64))
    }

    @Test("A released executor ends its thread")
    func end() async {
        do {
            let resident = Resident(name: "short-lived")
            _ = await resident.thread()
            #expect(threadCount(named: "short-lived") == 1)
        }
        while threadCount(named: "short-lived") != 0 { await Task.yield() }
    }
}
