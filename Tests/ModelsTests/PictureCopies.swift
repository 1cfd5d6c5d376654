import Density
import Imaging

/// What becomes of a picture on its way through archives.
enum PictureCopies {
    /// The gray, the dark, the turned and the heavily compressed copy, each with a word for it.
    static func all(of picture: Picture) throws -> [(name: String, bytes: [UInt8])] {
        [
            ("gray", try PictureEncoder.png(gray(picture))),
            ("dark", try PictureEncoder.png(dark(picture))),
            ("turned", try PictureEncoder.png(turned(picture))),
            ("compressed", try PictureEncoder.jpeg(picture, quality: 15)),
        ]
    }

    private static func gray(_ picture: Picture) -> Picture {
        Picture(size: picture.size) { pixels in
            for place in stride(from: 0, to: pixels.count, by: Picture.channels) {
                let red = Int(picture.pixels[place]) * 299
                let green = Int(picture.pixels[place + 1]) * 587
                let blue = Int(picture.pixels[place + 2]) * 114
                let level = UInt8((red + green + blue + 500) / 1000)
                for channel in 0..<Picture.channels { pixels[place + channel] = level }
            }
        }
    }

    /// With three tenths of the light.
    private static func dark(_ picture: Picture) -> Picture {
        Picture(size: picture.size) { pixels in
            for place in pixels.indices { pixels[place] = UInt8(Int(picture.pixels[place]) * 3 / 10) }
        }
    }

    /// By a right angle, against the clock.
    private static func turned(_ picture: Picture) -> Picture {
        let (width, height) = (picture.size.width, picture.size.height)
        return Picture(size: PixelSize(width: height, height: width)) { pixels in
            for y in 0..<width {
                for x in 0..<height {
                    let (to, from) = (y * height + x, x * width + width - 1 - y)
                    for channel in 0..<Picture.channels {
                        pixels[to * Picture.channels + channel] = picture.pixels[from * Picture.channels + channel]
                    }
                }
            }
        }
    }
}
