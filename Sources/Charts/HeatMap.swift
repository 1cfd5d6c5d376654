public import Density

/// A density map drawn over its picture.
///
/// The picture is shown in grays, so that every colour is density: the more people, the brighter and the less the
/// picture shines through.
public struct HeatMap: Sendable {
    private let map: DensityMap
    private let colours: ColourMap
    /// What the colours stand for.
    public let scale: DensityScale

    /// A heat map of a picture.
    /// - Parameters:
    ///   - map: covers the whole picture, whatever its own size.
    ///   - picture: the picture's size in its own pixels, to which the legend refers.
    public init(of map: DensityMap, over picture: PixelSize, colours: ColourMap = .inferno) {
        self.map = map
        self.colours = colours
        scale = DensityScale(of: map, over: picture)
    }

    /// Draws over the picture, at the size in which it is given.
    public func overlay(on picture: Picture) -> Picture {
        let (width, height) = (picture.size.width, picture.size.height)
        let columns = Self.taps(from: map.size.width, to: width)
        let rows = Self.taps(from: map.size.height, to: height)
        let cells = map.cells.map { $0.isFinite ? max(0, Double($0)) : 0 }
        return Picture(size: picture.size) { pixels in
            for y in 0..<height {
                let (upper, lower) = (rows[y].first * map.size.width, rows[y].second * map.size.width)
                for x in 0..<width {
                    let tap = columns[x]
                    let above = cells[upper + tap.first] * (1 - tap.share) + cells[upper + tap.second] * tap.share
                    let below = cells[lower + tap.first] * (1 - tap.share) + cells[lower + tap.second] * tap.share
                    let density = (above * (1 - rows[y].share) + below * rows[y].share) * scale.perCell
                    let start = (y * width + x) * Picture.channels
                    let colour = blend(
                        gray: Self.gray(picture.pixels, at: start), value: min(1, density / scale.highest))
                    pixels[start] = colour.red
                    pixels[start + 1] = colour.green
                    pixels[start + 2] = colour.blue
                }
            }
        }
    }

    /// The same with a band below it that holds two lines of words and the legend of the colours.
    public func sheet(on picture: Picture, title: String, details: String) -> Picture {
        let drawn = overlay(on: picture)
        let least = PixelFont.width * max(title.count, details.count, Self.unit.count) + 2 * Self.margin
        let size = PixelSize(width: max(drawn.size.width, least), height: drawn.size.height + Self.bandHeight)
        var canvas = Canvas(size: size, colour: Self.paper)
        canvas.place(drawn, y: 0)
        let line = PixelFont.height + 4
        var y = drawn.size.height + Self.margin
        canvas.write(title, x: Self.margin, y: y, Self.ink)
        y += line
        canvas.write(details, x: Self.margin, y: y, Self.faintInk)
        y += line + 4
        let bar = Self.margin..<size.width - Self.margin
        for x in bar {
            let value = Double(x - bar.lowerBound) / Double(max(1, bar.count - 1))
            canvas.fill(x: x..<x + 1, y: y..<y + Self.barHeight, blend(gray: Self.middleGray, value: value))
        }
        y += Self.barHeight + 4
        for (share, anchor) in [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)] {
            let label = Self.short(scale.highest * share)
            let width = Double(label.count * PixelFont.width)
            let x = Double(bar.lowerBound) + share * Double(bar.count) - anchor * width
            canvas.write(label, x: Int(x), y: y, Self.ink)
        }
        canvas.write(Self.unit, x: Self.margin, y: y + line, Self.faintInk)
        return canvas.picture
    }

    private static let margin = 12
    private static let barHeight = 14
    private static let bandHeight = 2 * margin + 4 * (PixelFont.height + 4) + barHeight + 8
    private static let unit = "people on 100 x 100 pixels"
    private static let paper = PixelColour(red: 250, green: 250, blue: 250)
    private static let ink = PixelColour(red: 20, green: 20, blue: 20)
    private static let faintInk = PixelColour(red: 90, green: 90, blue: 90)
    /// What the legend is drawn over: as bright as a picture is in the middle.
    private static let middleGray = 90.0

    /// The colour of a density over a gray. Nothing hides the picture where nobody is, nor quite where most are.
    private func blend(gray: Double, value: Double) -> PixelColour {
        let opacity = 0.85 * value.squareRoot()
        let colour = colours.colour(of: value)
        func mixed(_ part: UInt8) -> UInt8 {
            UInt8((gray * (1 - opacity) + Double(part) * opacity).rounded())
        }
        return PixelColour(red: mixed(colour.red), green: mixed(colour.green), blue: mixed(colour.blue))
    }

    /// Brightness by the weights of Rec. 709, dimmed so that the colours stand out.
    private static func gray(_ pixels: [UInt8], at start: Int) -> Double {
        let (red, green, blue) = (Double(pixels[start]), Double(pixels[start + 1]), Double(pixels[start + 2]))
        return 0.75 * (0.2126 * red + 0.7152 * green + 0.0722 * blue)
    }

    /// A number of three digits or so.
    static func short(_ number: Double) -> String {
        let digits = number >= 100 ? 0 : number >= 10 ? 1 : 2
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let text = String((number * scale).rounded() / scale)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private struct Tap {
        let first: Int
        let second: Int
        /// How much of the second there is, 0...1.
        let share: Double
    }

    /// For every pixel along a side, the two cells whose centres it lies between.
    private static func taps(from cells: Int, to pixels: Int) -> [Tap] {
        (0..<pixels).map { pixel in
            let place = (Double(pixel) + 0.5) * Double(cells) / Double(pixels) - 0.5
            let first = min(max(Int(place.rounded(.down)), 0), cells - 1)
            return Tap(
                first: first, second: min(first + 1, cells - 1), share: min(max(place - Double(first), 0), 1))
        }
    }
}
