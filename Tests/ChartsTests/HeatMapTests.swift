import Charts
import Density
import Foundation
import TestSupport
import Testing

struct HeatMapTests {
    private let size = PixelSize(width: 80, height: 60)

    /// Four by three cells, all of the people in one.
    private func map(peak: Int) -> DensityMap {
        DensityMap(size: PixelSize(width: 4, height: 3), cells: (0..<12).map { $0 == peak ? 3 : 0 })
    }

    private func pixel(_ picture: Picture, _ x: Int, _ y: Int) -> PixelColour {
        let start = (y * picture.size.width + x) * Picture.channels
        return PixelColour(
            red: picture.pixels[start], green: picture.pixels[start + 1], blue: picture.pixels[start + 2])
    }

    @Test("The brightest place lies over the cell with the people", arguments: [0, 3, 5, 11])
    func peakIsWherePeopleAre(cell: Int) throws {
        let gray = Picture(size: size, colour: PixelColour(red: 100, green: 100, blue: 100))
        let drawn = HeatMap(of: map(peak: cell), over: size).overlay(on: gray)
        func brightness(_ place: Int) -> Int {
            let colour = pixel(drawn, place % size.width, place / size.width)
            return Int(colour.red) + Int(colour.green) + Int(colour.blue)
        }
        let brightest = try #require((0..<size.area).max { brightness($0) < brightness($1) })
        #expect(brightest % size.width / 20 == cell % 4)
        #expect(brightest / size.width / 20 == cell / 4)
    }

    @Test("Where nobody is the picture shows, in grays")
    func emptyCellsShowThePicture() {
        let red = Picture(size: size, colour: PixelColour(red: 255, green: 0, blue: 0))
        let drawn = HeatMap(of: map(peak: 11), over: size).overlay(on: red)
        let colour = pixel(drawn, 2, 2)
        #expect(colour.red == colour.green && colour.green == colour.blue)
        #expect(colour.red == 41)
    }

    @Test("The scale is people on 100 x 100 pixels of the picture, whatever the size of the map")
    func scale() {
        // 3 people in a cell of 20 x 20 pixels: 25 such cells make a square.
        #expect(HeatMap(of: map(peak: 2), over: size).scale.highest == 75)
        let finer = DensityMap(
            size: PixelSize(width: 8, height: 6), cells: (0..<48).map { $0 == 9 ? 0.75 : 0 })
        #expect(HeatMap(of: finer, over: size).scale.highest == 75)
    }

    @Test("A network's noise over an empty scene stays dark")
    func noiseStaysDark() {
        let noise = DensityMap(size: PixelSize(width: 4, height: 3), cells: Array(repeating: 0.000_01, count: 12))
        let gray = Picture(size: size, colour: PixelColour(red: 100, green: 100, blue: 100))
        let drawn = HeatMap(of: noise, over: size).overlay(on: gray)
        #expect(pixel(drawn, 40, 30).red < 100)
    }

    @Test("What is no number and what is below zero counts as nobody")
    func brokenCells() {
        var cells = [Float](repeating: 0, count: 12)
        cells[0] = .nan
        cells[1] = -4
        cells[2] = .infinity
        let gray = Picture(size: size, colour: PixelColour(red: 100, green: 100, blue: 100))
        let broken = HeatMap(of: DensityMap(size: PixelSize(width: 4, height: 3), cells: cells), over: size)
        #expect(
            broken.overlay(on: gray)
                == HeatMap(
                    of: DensityMap(size: PixelSize(width: 4, height: 3), cells: Array(repeating: 0, count: 12)),
                    over: size
                )
                .overlay(on: gray))
    }

    @Test("A sheet holds the whole picture, and words and legend below it", arguments: [40, 80, 900])
    func sheet(width: Int) {
        let picture = Picture(
            size: PixelSize(width: width, height: 60), colour: PixelColour(red: 100, green: 100, blue: 100))
        let heat = HeatMap(of: map(peak: 5), over: picture.size)
        let sheet = heat.sheet(on: picture, title: "3 people", details: "größe")
        #expect(sheet.size.width >= width && sheet.size.height > 60)
        let overlay = heat.overlay(on: picture)
        #expect(pixel(sheet, 10, 20) == pixel(overlay, 10, 20))
        let band = sheet.pixels[(60 * sheet.size.width * Picture.channels)...]
        #expect(band.contains { $0 < 30 }, "there is ink")
        // A column at the last place of the legend is as bright as the colours go.
        #expect(pixel(sheet, sheet.size.width - 13, sheet.size.height - 60).red > 200)
    }

    @Test("The legend of the page has the colours of the heat maps' own legend")
    func pageLegend() throws {
        let sheet = String(
            decoding: try Data(contentsOf: URL(filePath: Checkout.root + "/Sources/Dashboard/Page/page.css")),
            as: UTF8.self)
        let stops = sheet.matches(of: /#([0-9a-f]{6}) ([0-9]+)%/).map { ($0.output.1, Double($0.output.2) ?? 0) }
        #expect(stops.count > 10 && stops.first?.1 == 0 && stops.last?.1 == 100)
        // Over the gray that the legend is drawn over, which is a picture's of 120 once it is dimmed.
        let cells = stops.map { Float($0.1) }
        let map = DensityMap(size: PixelSize(width: cells.count, height: 1), cells: cells)
        let gray = Picture(
            size: PixelSize(width: cells.count, height: 1), colour: PixelColour(red: 120, green: 120, blue: 120))
        let drawn = HeatMap(of: map, over: gray.size).overlay(on: gray)
        for (place, stop) in stops.enumerated() {
            let colour = pixel(drawn, place, 0)
            let parts = [colour.red, colour.green, colour.blue].map { Int($0) }
            let wanted = [16, 8, 0].map { (Int(stop.0, radix: 16) ?? 0) >> $0 & 255 }
            #expect(zip(parts, wanted).allSatisfy { abs($0 - $1) <= 2 }, "at \(stop.1) %: \(parts) and \(wanted)")
        }
    }
}
