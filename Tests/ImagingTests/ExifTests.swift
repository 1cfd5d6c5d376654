import CImaging
import Testing

@Suite("EXIF orientation")
struct ExifTests {
    /// A block with one entry: the orientation, as a number of 16 bits.
    static func block(_ orientation: UInt8, little: Bool, tag: UInt8 = 0x12, type: UInt8 = 3) -> [UInt8] {
        little
            ? [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, tag, 1, type, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0]
            : [0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, tag, 0, type, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
    }

    static func orientation(of block: [UInt8]) -> Int32 {
        // On the heap and exactly as long as it is, so that the address sanitizer sees a step beyond.
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: max(block.count, 1))
        defer { bytes.deallocate() }
        bytes.update(from: block, count: block.count)
        return imaging_exif_orientation(bytes, block.count)
    }

    @Test("Each of the eight is read in both byte orders", arguments: 1...8, [true, false])
    func orientationIsRead(orientation: UInt8, little: Bool) {
        #expect(Self.orientation(of: Self.block(orientation, little: little)) == Int32(orientation))
    }

    @Test(
        "Anything else is upright",
        arguments: [
            block(0, little: true), block(9, little: false), block(6, little: true, tag: 0x13),
            block(6, little: false, type: 4), Array("garbage in place of a header".utf8), [],
        ])
    func otherBlocksAreUpright(block: [UInt8]) {
        #expect(Self.orientation(of: block) == 1)
    }

    @Test("A block cut short, or that points outside itself, is upright", arguments: [true, false])
    func damageIsUpright(little: Bool) {
        let block = Self.block(6, little: little)
        // The entry ends at byte 22; a directory's link may be missing.
        for count in 0..<22 {
            #expect(Self.orientation(of: Array(block[0..<count])) == 1)
        }
        for offset: UInt8 in 9...255 {
            var elsewhere = block
            elsewhere[little ? 4 : 7] = offset
            #expect(Self.orientation(of: elsewhere) == 1)
        }
        var beyond = block
        beyond.replaceSubrange(4..<8, with: [0xFF, 0xFF, 0xFF, 0xFF])
        #expect(Self.orientation(of: beyond) == 1)
    }

    @Test("More entries than the block has room for are not read")
    func entriesAreBounded() {
        var block = Self.block(6, little: true, tag: 0x13)
        block[8] = 0xFF
        block[9] = 0xFF
        #expect(Self.orientation(of: block) == 1)
    }
}
