import Density
import Testing

@testable import Isolation

@Suite struct PixelStoreTests {
    private static let limit = 3_000_000
    private static let size = PixelSize(width: 500, height: 500)

    private let store = PixelStore(limit: limit)

    private func picture(_ size: PixelSize = size, of value: UInt8) -> Picture {
        store.picture(of: size) { $0.initializeMemory(as: UInt8.self, repeating: value) }
    }

    private func place(of picture: Picture) -> UnsafeRawPointer? { picture.pixels.withUnsafeBytes { $0.baseAddress } }

    @Test("a picture's memory serves the next one of its size, and no other")
    func again() {
        var first: Picture? = picture(of: 1)
        let place = first.flatMap(place(of:))
        let bytes = Self.size.area * Picture.channels
        #expect(store.idleBytes == 0)
        first = nil
        #expect(store.idleBytes == bytes)
        let small = picture(PixelSize(width: 499, height: 500), of: 2)
        #expect(self.place(of: small) != place)
        #expect(store.idleBytes == bytes)
        let next = picture(of: 7)
        #expect(self.place(of: next) == place)
        #expect(next == Picture(size: Self.size, colour: PixelColour(red: 7, green: 7, blue: 7)))
        #expect(store.idleBytes == 0)
    }

    @Test("while a copy of a picture is there, nothing is written where its pixels are")
    func held() {
        var first: Picture? = picture(of: 1)
        let tile = first.map { Tile($0) }
        first = nil
        let pixels: [UInt8]
        do {
            let second = picture(of: 2)
            pixels = second.pixels
        }
        // The picture is gone, and what somebody took of it is not.
        let third = picture(of: 3)
        #expect(pixels.allSatisfy { $0 == 2 })
        #expect(third.pixels.allSatisfy { $0 == 3 })
        #expect(tile?.picture.pixels.allSatisfy { $0 == 1 } == true)
    }

    @Test("no more is kept than was said, and it outlasts the store")
    func bounded() {
        var pictures = (0..<8).map { picture(of: UInt8($0)) }
        pictures.removeAll()
        #expect((1...Self.limit).contains(store.idleBytes))
        let large = picture(PixelSize(width: 1100, height: 1000), of: 4)
        _ = consume large
        #expect(store.idleBytes <= Self.limit)
        var other: PixelStore? = PixelStore(limit: Self.limit)
        let last = other?.picture(of: Self.size) { $0.initializeMemory(as: UInt8.self, repeating: 5) }
        other = nil
        #expect(last?.pixels.allSatisfy { $0 == 5 } == true)
    }

    @Test("pictures made and let go of on many threads at once are whole, each of its own")
    func manyThreads() async {
        await withTaskGroup(of: Bool.self) { group in
            for value in UInt8(0)..<8 {
                group.addTask {
                    (0..<50).allSatisfy { _ in
                        let made = picture(PixelSize(width: 50, height: 40), of: value)
                        return made.pixels.allSatisfy { $0 == value }
                    }
                }
            }
            for await isWhole in group { #expect(isWhole) }
        }
        #expect(store.idleBytes <= 8 * 50 * 40 * Picture.channels)
    }
}
