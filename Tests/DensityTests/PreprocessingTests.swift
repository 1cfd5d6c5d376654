import Density
import Testing

struct PreprocessingTests {
    @Test("Brightness is OpenCV's: BT.601 weights of 14 bits, rounded to nearest")
    func grayFollowsTheFormula() {
        // cvtColor of OpenCV 4 on the corners of the colour cube and on single colours.
        let known: [(UInt8, UInt8, UInt8, UInt8)] = [
            (0, 0, 0, 0), (255, 255, 255, 255), (255, 0, 0, 76), (0, 255, 0, 150), (0, 0, 255, 29),
            (255, 255, 0, 226), (0, 255, 255, 179), (255, 0, 255, 105),
        ]
        for (red, green, blue, gray) in known {
            #expect(ChannelOrder.gray(red: red, green: green, blue: blue) == gray, "\(red) \(green) \(blue)")
        }
        let levels: [UInt8] = [0, 1, 2, 127, 128, 254, 255]
        for red in levels {
            for green in levels {
                for blue in levels {
                    let exact = (4899 * Double(red) + 9617 * Double(green) + 1868 * Double(blue)) / 16384
                    let nearest = UInt8(exact.rounded())
                    #expect(ChannelOrder.gray(red: red, green: green, blue: blue) == nearest)
                }
            }
        }
    }

    @Test("A gray pixel keeps its brightness")
    func grayStaysGray() {
        let levels = UInt8.min...UInt8.max
        #expect(levels.map { ChannelOrder.gray(red: $0, green: $0, blue: $0) } == Array(levels))
    }

    @Test(
        "Padding is the level nearest to the mean, in the order of the channels",
        arguments: [
            (ChannelOrder.rgb, [Float(113.77), 104.43, 100.75], PixelColour(red: 114, green: 104, blue: 101)),
            (.bgr, [100.75, 104.43, 113.77], PixelColour(red: 114, green: 104, blue: 101)),
            (.gray, [127.4], PixelColour(red: 127, green: 127, blue: 127)),
            (.rgb, [-20, 255.4, 400], PixelColour(red: 0, green: 255, blue: 255)),
        ])
    func paddingIsTheMean(colour: ChannelOrder, mean: [Float], padding: PixelColour) {
        let scale = Array(repeating: Float(1), count: colour.channels)
        #expect(Preprocessing(colour: colour, mean: mean, scale: scale).padding == padding)
    }

    @Test("No other level comes nearer to zero than padding does", arguments: ChannelOrder.allCases)
    func paddingIsNearestToZero(colour: ChannelOrder) {
        let mean = Array([Float(113.77), 0.5, 254.6].prefix(colour.channels))
        let scale = Array([Float(0.0136), -2, 1].prefix(colour.channels))
        let preprocessing = Preprocessing(colour: colour, mean: mean, scale: scale)
        let padding = preprocessing.padding
        let levels =
            switch colour {
            case .rgb: [padding.red, padding.green, padding.blue]
            case .bgr: [padding.blue, padding.green, padding.red]
            case .gray: [ChannelOrder.gray(red: padding.red, green: padding.green, blue: padding.blue)]
            }
        let tables = Normalisation(preprocessing).tables
        for (channel, level) in levels.enumerated() {
            let table = tables[channel * 256..<(channel + 1) * 256].map(abs)
            #expect(table[Int(level)] == table.min())
        }
    }
}
