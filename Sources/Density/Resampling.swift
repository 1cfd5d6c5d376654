/// How a picture is brought to another size.
public enum Resampling: String, Sendable {
    /// Half-pixel bilinear over the four nearest pixels, bit for bit OpenCV's INTER_LINEAR: what the networks were
    /// trained with. It skips pixels where it shrinks by more than two.
    case bilinear
    /// The mean of the area a pixel covers, bit for bit OpenCV's INTER_AREA, which is bilinear where a side grows.
    case area
}
