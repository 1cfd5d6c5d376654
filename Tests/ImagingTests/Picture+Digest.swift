import Density

extension Picture {
    /// FNV-1a of 64 bits over the pixels, as make.py computes it.
    var digest: String {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        // Through the buffer: a debug build goes through an array ten times as slowly.
        pixels.withUnsafeBufferPointer { bytes in
            for byte in bytes {
                value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
            }
        }
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
