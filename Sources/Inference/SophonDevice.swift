import CSophon

/// One chip, opened.
///
/// Not `Sendable`: whoever owns it makes every call on one thread, since the vendor's sync waits only for what the
/// calling thread sent.
final class SophonDevice {
    /// What `bm_get_chipid` answers on a BM1684.
    static let chip: UInt32 = 0x1684
    /// The simulated chip says by this word that it is up, and leaves it so when it is closed. Opened again, it would not be
    /// waited for, and what it is told before it is up is lost, the order to end among it.
    private static let upWord: Int32 = 9

    let name: String
    let calls: SophonDeviceCalls
    private let handle: sophon_handle
    private let claim: CardClaim?

    /// - Parameters:
    ///   - claim: held until the device is released.
    ///   - batchTimeout: how long one batch may take, where the library can be told; it waits 20 s where not.
    /// - Throws: `InferenceError.deviceFailed` where there is no such card, it is in trouble, or holds another chip.
    init(
        _ library: SophonLibrary, index: Int, claim: CardClaim? = nil, batchTimeout: Duration? = nil
    ) throws(InferenceError) {
        self.claim = claim
        name = library.deviceName(index)
        calls = library.device
        // Asked first, since the library ends the process where it is asked for a card beyond the last.
        let count = try SophonInventory(library).count()
        guard (0..<count).contains(index) else {
            throw .deviceFailed(device: name, reason: "there is no such card: \(count) are seen, counted from 0")
        }
        calls.setSharedWord?(Self.upWord, 0, Int32(index))
        var opened: sophon_handle?
        var thrown = sophon_exception()
        let status = SophonStatus(code: sophon_request(calls.request, &opened, Int32(index), &thrown))
        guard status.isSuccess, let opened else {
            throw .deviceFailed(device: name, reason: "it cannot be opened: \(status.words(thrown))")
        }
        handle = opened
        var found: UInt32 = 0
        let answer = SophonStatus(code: sophon_ask_unsigned(calls.chip, handle, &found, &thrown))
        guard answer.isSuccess, found == Self.chip else {
            let chip =
                answer.isSuccess
                ? "chip 0x" + String(found, radix: 16) : "a chip without an identity (\(answer.words(thrown)))"
            throw .deviceFailed(device: name, reason: "it is \(chip), needed is a BM1684 (0x1684)")
        }
        if let batchTimeout, let setTimeout = calls.syncTimeout {
            let limit = Int32(clamping: Int(batchTimeout / .milliseconds(1)))
            let status = SophonStatus(code: sophon_sync_timeout(setTimeout, handle, limit, &thrown))
            guard status.isSuccess || status.isUnsupported else {
                throw .deviceFailed(device: name, reason: "its time limit cannot be set: \(status.words(thrown))")
            }
        }
    }

    deinit {
        calls.release(handle)
    }

    /// Runs `body` with the handle, which must not outlive it.
    func withHandle<Result, Failure: Error>(
        _ body: (sophon_handle) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(handle)
    }

    func allocate(_ bytes: Int) throws(InferenceError) -> sophon_memory {
        var memory = sophon_memory()
        var thrown = sophon_exception()
        guard let size = UInt32(exactly: bytes) else {
            throw .deviceFailed(device: name, reason: "\(bytes) bytes are more than it can address")
        }
        let status = SophonStatus(code: sophon_allocate(calls.allocate, handle, &memory, size, &thrown))
        guard status.isSuccess else {
            throw .deviceFailed(device: name, reason: "no memory for \(bytes) bytes: \(status.words(thrown))")
        }
        return memory
    }

    func free(_ memory: sophon_memory) {
        calls.free(handle, memory)
    }

    func copyIn(_ source: UnsafeMutableRawBufferPointer, to target: sophon_memory) throws(InferenceError) {
        var thrown = sophon_exception()
        let code = sophon_copy_in(
            calls.copyIn, handle, target, source.baseAddress, UInt32(source.count), &thrown)
        try check(code, thrown, "copying the input in")
    }

    func copyOut(_ source: sophon_memory, to target: UnsafeMutableRawBufferPointer) throws(InferenceError) {
        var thrown = sophon_exception()
        let code = sophon_copy_out(
            calls.copyOut, handle, target.baseAddress, source, UInt32(target.count), &thrown)
        try check(code, thrown, "copying the output out")
    }

    /// Waits for what this thread sent to the device.
    func synchronise() throws(InferenceError) {
        var thrown = sophon_exception()
        try check(sophon_sync(calls.sync, handle, &thrown), thrown, "waiting for a batch")
    }

    private func check(_ code: Int32, _ thrown: sophon_exception, _ deed: String) throws(InferenceError) {
        let status = SophonStatus(code: code)
        guard !status.isSuccess else { return }
        throw .deviceFailed(device: name, reason: "\(deed): \(status.words(thrown))")
    }
}
