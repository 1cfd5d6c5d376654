import CDensity

/// How the inner loops of packing are run. The bytes are the same.
public enum PackingPath: Sendable, CaseIterable {
    /// With the widest vectors of this processor that the program knows.
    case fastest
    /// With plain loops, as on a processor without them.
    case portable

    var loops: headcount_packing_path {
        switch self {
        case .fastest: HEADCOUNT_PACKING_FASTEST
        case .portable: HEADCOUNT_PACKING_PORTABLE
        }
    }
}

extension headcount_packing {
    init(size: PixelSize, colour: ChannelOrder, path: PackingPath) {
        let planes =
            switch colour {
            case .rgb: HEADCOUNT_RGB
            case .bgr: HEADCOUNT_BGR
            case .gray: HEADCOUNT_GRAY
            }
        self.init(width: size.width, height: size.height, colour: planes, path: path.loops)
    }
}

extension Tile {
    /// Hands the tile's rows to `body`; they lie there no longer than the call.
    func withRows<Result>(_ body: (headcount_tile) -> Result) -> Result {
        picture.pixels.withUnsafeBufferPointer { pixels in
            body(
                headcount_tile(
                    pixels: pixels.baseAddress.map { $0 + offset(ofRow: 0) },
                    row_bytes: picture.size.width * Picture.channels))
        }
    }
}
