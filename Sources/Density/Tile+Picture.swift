extension Tile {
    /// The tile as a picture of its own.
    public var copied: Picture {
        Picture(size: size) { buffer in
            let row = size.width * Picture.channels
            for y in 0..<size.height {
                let start = offset(ofRow: y)
                for byte in 0..<row { buffer[y * row + byte] = picture.pixels[start + byte] }
            }
        }
    }
}
